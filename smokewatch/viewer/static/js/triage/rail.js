/** Beside the table: what is left to look at, the threshold, what others would give, organization by organization. */
import { formatCount, formatSeconds, formatShare, formatThreshold, plural, shownName } from "../format.js";
import { classes, html, useComputed, useState } from "../html.js";
import { nearestStep } from "../thresholds.js";
import { sheet } from "../page.js";
import { toggled } from "../queries.js";
import { split } from "./deciding.js";
import { Slider } from "./slider.js";
import { navigate, population, route, rows, scores, selection, setThreshold, threshold } from "./state.js";
import { BUCKET_WORDS, reasonWords } from "./words.js";

/** @param {{ bucket: "review" | "unlabeled", title: string, count: number, of: number }} props */
function Card({ bucket, title, count, of }) {
  const chosen = route.value.bucket.includes(bucket);
  const onClick = () => navigate({ bucket: chosen ? [] : [bucket] });
  return html`<button type="button" class=${`bucket-card ${bucket}`} aria-pressed=${chosen} onClick=${onClick}>
    <span class=${`mark ${bucket}`}>${title}</span>
    <strong>${formatCount(count)}</strong><span class="muted">${formatShare(count, of)}</span>
  </button>`;
}

function Cards() {
  const { review, unlabeled } = split(scores.value, threshold.value);
  const of = review + unlabeled;
  return html`<section class="block cards" aria-label="The backlog">
    <p><span class="eyebrow">Backlog</span> <span class="tally-all">${plural(of, "sequence")}</span></p>
    <div class="bucket-cards">
      <${Card} bucket="review" title="To review" count=${review} of=${of} />
      <${Card} bucket="unlabeled" title="Unlabel" count=${unlabeled} of=${of} />
    </div>
    <p class="muted rail-note">Nobody has to look at the ${formatCount(unlabeled)} below the threshold.</p>
  </section>`;
}

function Sweep() {
  const steps = useComputed(() => (rows.value?.thresholds ?? []).map((at) => ({ at, ...split(scores.value, at) })));
  const nearest = useComputed(() => nearestStep(threshold.value));
  return html`<section class="block">
    <h2 class="eyebrow">Sweep</h2>
    <table class="lines-table sweep">
      <thead><tr><th scope="col">at</th><th scope="col">review</th><th scope="col">unlabel</th><th scope="col">% review</th></tr></thead>
      <tbody>
        ${steps.value.map(
          ({ at, review, unlabeled }) => html`<tr key=${at} class=${classes(at === nearest.value && "selected")} aria-current=${at === nearest.value ? "true" : undefined}>
            <th scope="row"><button type="button" class="rail-link" aria-label=${`Set the threshold to ${formatThreshold(at)}`} onClick=${() => setThreshold(at)}>${formatThreshold(at)}</button></th>
            <td>${formatCount(review)}</td><td>${formatCount(unlabeled)}</td><td>${formatShare(review, review + unlabeled)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

const FIRST = 12;

function Organizations() {
  const [all, setAll] = useState(false);
  const held = rows.value;
  const among = population.value;
  if (held === null || among === null) return null;
  const chosen = route.value.organization;
  const several = new Set(held.organizations.map(({ sourceApi }) => sourceApi)).size > 1;
  const lines = held.organizations
    .map((organization, at) => ({ organization, size: among.organizations[at].length, ...split(among.organizations[at], threshold.value) }))
    .filter(({ organization, size }) => size > 0 || chosen.includes(organization.key))
    .sort((a, b) => b.size - a.size || (a.organization.key < b.organization.key ? -1 : 1));
  const toggle = (/** @type {string} */ key) => navigate({ organization: toggled(route.peek().organization, key), camera: [] });
  return html`<section class="block">
    <h2 class="eyebrow">By organization</h2>
    <table class="lines-table organizations">
      <thead><tr><th scope="col"><span class="unseen">Organization</span></th><th scope="col">review</th><th scope="col">unlabel</th><th scope="col">% review</th></tr></thead>
      <tbody>
        ${(all ? lines : lines.slice(0, FIRST)).map(
          ({ organization: { key, name, sourceApi }, size, review, unlabeled }) => html`<tr key=${key} class=${classes(chosen.includes(key) && "selected")}>
            <th scope="row"><button type="button" class="rail-link cut" aria-pressed=${chosen.includes(key)} title=${shownName(name, 400)} onClick=${() => toggle(key)}>${shownName(name)}</button>${several && html`<span class="from muted cut">${shownName(sourceApi, 60)}</span>`}</th>
            <td>${formatCount(review)}</td><td>${formatCount(unlabeled)}</td><td>${formatShare(review, size)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${lines.length > FIRST && html`<button type="button" class="button quiet more" onClick=${() => setAll(!all)}>${all ? "Show fewer" : `Show all ${lines.length}`}</button>`}
  </section>`;
}

const MOST = 20;

/** What no score is known of: it is on neither side. */
function Unscored() {
  const held = rows.value;
  if (held === null || (held.drops.length === 0 && held.unscored === 0)) return null;
  const reasons = new Map();
  for (const { reason } of held.drops) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return html`<section class="block unscored">
    <h2 class="eyebrow">Not scored</h2>
    <ul class="reasons">
      ${[...reasons].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, count]) => html`<li key=${reason}><span class="mark dropped">${reasonWords(reason)}</span><span class="count">${formatCount(count)}</span></li>`)}
      ${held.unscored > 0 && html`<li><span class="mark none" title="Pulled since the latest triage, or it was cut short">not triaged yet</span><span class="count">${formatCount(held.unscored)}</span></li>`}
    </ul>
    <p class="muted rail-note">They are on neither list. ${held.unscored > 0 && html`Score the rest: <code>smokewatch triage</code>`}</p>
    ${held.drops.length > 0 && html`<details><summary>Which ones</summary><ul class="links">
      ${held.drops.slice(0, MOST).map(({ key, camera, reason, detail }) => html`<li key=${key}><button type="button" class="link" title=${`${reason}: ${detail}`} onClick=${() => navigate({ sequence: key })}>#${key.slice(key.lastIndexOf("_") + 1)}</button> <span class="muted cut">${shownName(camera, 40)}</span></li>`)}
    </ul>${held.drops.length > MOST && html`<p class="muted rail-note">and ${formatCount(held.drops.length - MOST)} more, in <code>dropped.json</code></p>`}</details>`}
  </section>`;
}

function Models() {
  const held = rows.value;
  if (held === null) return null;
  return html`<section class="block">
    <h2 class="eyebrow">${held.models.length === 1 ? "Model" : `${held.models.length} models: the largest score counts`}</h2>
    <ul class="models">
      ${held.models.map(({ identity, version, reference, kind }) => html`<li key=${identity}><strong class="cut" title=${`${kind} ${identity}`}>${shownName(version, 60)}</strong><span class="muted cut" title=${shownName(reference, 400)}>${shownName(reference, 200)}</span></li>`)}
    </ul>
    <p class="muted rail-note">Triaged ${formatSeconds(held.beganAt)} UTC at ${formatThreshold(held.threshold)}</p>
  </section>`;
}

function Explainer() {
  /** @type {[string, string][]} */
  const meanings = [
    ["backlog", "sequences that wait in the annotator's queue: nobody has labelled them"],
    ["score", "the largest probability among the tubes that the model keeps; 0 without tubes"],
    [BUCKET_WORDS.review, "at the threshold or above: people look at it, highest first"],
    [BUCKET_WORDS.unlabeled, "below: it can leave the queue unseen. Nothing is sent from here; the list holds the request that a person may send"],
    ["distance", "the score less the threshold"],
    ["models disagree", "some score it at the threshold or above, not all: these come first in the review list"],
    ["lane", "one object of an alert; an alert can have several"],
    ["production", "the score that production gave when the sequence was imported; none does not mean low"],
  ];
  return html`<details class="block words">
    <summary class="eyebrow">What the words mean</summary>
    <dl>${meanings.map(([word, meaning]) => html`<dt key=${word}>${word}</dt><dd class="muted">${meaning}</dd>`)}</dl>
  </details>`;
}

export function Rail() {
  if (selection.value === null) return null;
  return html`<aside class=${classes("rail", "triage-rail", sheet.value === "summary" && "open")} aria-label="Summary" tabindex="-1">
    <${Cards} /><${Slider} /><${Sweep} /><${Organizations} /><${Unscored} /><${Models} /><${Explainer} />
  </aside>`;
}
