/** Beside the table: what production decided, how replays relate to it, organization by organization. Each count is
 * also the filter for what it counts. */
import { Evaluation } from "./evaluation.js";
import { toggle } from "./filters.js";
import { formatCount, formatDay, formatShare, plural, shownName, WORDS } from "../format.js";
import { classes, html, useComputed, useState } from "../html.js";
import { span } from "./measures.js";
import { DECISIONS, MATCHES } from "./route.js";
import { evaluating, filters, measured, rows, selection, sheet } from "./state.js";

/** @param {ArrayLike<number>} counts
 * @returns {number} */
const sum = (counts) => Array.from(counts).reduce((total, count) => total + count, 0);

/** @param {{ kind: string, name: string, count: number, of: number, pressed: boolean, onClick: () => void }} props */
function Bar({ kind, name, count, of, pressed, onClick }) {
  return html`<li>
    <button type="button" class="bar" aria-pressed=${pressed} onClick=${onClick}>
      <span class=${`mark ${kind}`}>${name}</span>
      <span class="count">${formatCount(count)}</span>
      <span class="share muted">${formatShare(count, of)}</span>
      <span class=${`track ${kind}`} style=${{ "--part": String(of === 0 ? 0 : count / of) }} aria-hidden="true"></span>
    </button>
  </li>`;
}

/** @param {{ title: string, filter: "decision" | "match", values: readonly string[], names: Record<string, string>, counts: Int32Array, note?: unknown }} props */
function Bars({ title, filter, values, names, counts, note }) {
  const of = sum(counts);
  const bars = values.map((value, at) => ({ value, count: counts[at] })).filter(({ value, count }) => count > 0 || value !== "none");
  return html`<section class="block">
    <h2 class="eyebrow">${title}</h2>
    <ul class="bars">
      ${bars.map(({ value, count }) => html`<${Bar} key=${value} kind=${value} name=${names[value]} count=${count} of=${of} pressed=${filters.value[filter].includes(value)} onClick=${() => toggle(filter, value)} />`)}
    </ul>
    ${note}
  </section>`;
}

/** @param {Int32Array} match counts
 * @returns {unknown} */
function explained(match) {
  const [exact, window, unexplained] = match;
  const replayed = exact + window + unexplained;
  if (replayed === 0) return html`<p class="muted rail-note">Nothing here is replayed yet.</p>`;
  return html`<p class="rail-note"><strong>${formatShare(exact + window, replayed)}</strong> <span class="muted">of ${formatCount(replayed)} replayed are explained</span></p>`;
}

function Span() {
  const found = useComputed(() => (rows.value === null ? null : span(rows.value, measured.value)));
  if (found.value === null) return null;
  const { first, last } = found.value;
  const days = (Date.parse(formatDay(last)) - Date.parse(formatDay(first))) / 86_400_000 + 1;
  return html`<p class="block span"><span class="eyebrow">Span</span> ${formatDay(first)}${days > 1 && html` – ${formatDay(last)}`}
    <span class="muted">${plural(days, "day")}</span></p>`;
}

const FIRST = 12;

function Organizations() {
  const [all, setAll] = useState(false);
  const held = rows.value;
  const counts = selection.value;
  if (held === null || counts === null) return null;
  const chosen = filters.value.organization;
  const lines = held.organizations
    .map((organization, at) => ({ organization, count: counts.organization[at], kept: counts.organizationKept[at], discarded: counts.organizationDiscarded[at] }))
    .filter(({ organization, count }) => count > 0 || chosen.includes(organization.key))
    .sort((a, b) => b.count - a.count || (a.organization.key < b.organization.key ? -1 : 1));
  const shown = all ? lines : lines.slice(0, FIRST);
  return html`<section class="block">
    <h2 class="eyebrow">By organization</h2>
    <table class="lines-table">
      <thead><tr><th scope="col"><span class="unseen">Organization</span></th><th scope="col">kept</th><th scope="col">disc.</th><th scope="col">% kept</th></tr></thead>
      <tbody>
        ${shown.map(
          ({ organization, kept, discarded }) => html`<tr key=${organization.key} class=${classes(chosen.includes(organization.key) && "selected")}>
            <th scope="row"><button type="button" class="rail-link cut" aria-pressed=${chosen.includes(organization.key)} title=${shownName(organization.name, 400)} onClick=${() => toggle("organization", organization.key)}>${shownName(organization.name)}</button>${held.sources.length > 1 && html`<span class="from muted cut">${shownName(organization.source, 60)}</span>`}</th>
            <td>${formatCount(kept)}</td><td>${formatCount(discarded)}</td><td>${formatShare(kept, kept + discarded)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${lines.length > FIRST && html`<button type="button" class="button quiet more" onClick=${() => setAll(!all)}>${all ? "Show fewer" : `Show all ${lines.length}`}</button>`}
  </section>`;
}

/** @param {{ evaluation: boolean }} props */
function Explainer({ evaluation }) {
  /** @type {[string, string][]} */
  const common = [
    ["sequence", "one smoke sighting: the frames of one camera with detections that belong together"],
    ["keep, discard", "what the temporal model decided: a kept sequence wakes a fire brigade"],
  ];
  /** @type {[string, string][]} */
  const monitor = [
    ["recorded", "the score that production stored"],
    ["replayed", "the score that the same release gives here, asked with the same bytes"],
    ["exact", "everything known today gives the recorded score"],
    ["window", "the first frames, as production saw them at the time, give it"],
    ["unexplained", "no window gives it: other frames, another release, or an unknown rule"],
    ["dropped", "it could not be replayed; the reason says why"],
    ["tube", "one detection followed through the frames"],
  ];
  /** @type {[string, string][]} */
  const evaluationWords = [
    ["recall", "smoke that the threshold keeps, of all smoke"],
    ["FP filtered", "false positives that the threshold discards, of all false positives"],
    ["precision", "smoke among what the threshold keeps"],
    ["ECE", "how far scores are from the share of smoke they promise, on average over ten bins"],
    ["contradictory", "smoke and false positive were both said of the same frames: left out of every number"],
  ];
  return html`<details class="block words">
    <summary class="eyebrow">What the words mean</summary>
    <dl>${[...common, ...(evaluation ? evaluationWords : monitor)].map(([word, meaning]) => html`<dt key=${word}>${word}</dt><dd class="muted">${meaning}</dd>`)}</dl>
  </details>`;
}

export function Rail() {
  const counts = selection.value;
  if (counts === null) return null;
  return html`<aside class=${classes("rail", sheet.value === "summary" && "open")} aria-label="Summary" tabindex="-1">
    ${evaluating.value
      ? html`<${Evaluation} />`
      : html`<${Span} /><${Bars} title="Production's verdict" filter="decision" values=${DECISIONS} names=${{ ...WORDS.decision, keep: "kept", discard: "discarded" }} counts=${counts.decision} />
          <${Bars} title="Match" filter="match" values=${MATCHES} names=${WORDS.match} counts=${counts.match} note=${explained(counts.match)} />`}
    <${Organizations} />
    <${Explainer} evaluation=${evaluating.value} />
  </aside>`;
}
