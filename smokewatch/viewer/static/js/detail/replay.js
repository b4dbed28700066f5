// The Replay tab: every window that production can have seen, its score, and the recorded score.

import { classes, html } from "../html.js";
import { NOTHING, formatDifference, formatExact, formatScore, formatSpan } from "../format.js";
import { plural, shortDigest, words } from "../format.js";
import { Chart } from "./chart.js";
import { TOLERANCE, comparison, isolationWords, matchedWord, triggerWords, windowsDiffer } from "./words.js";

/** @import { Shared } from "./frames.js" */
/** @import { Detail, Navigate, Verdict, Which, Window } from "./types.js" */

const HEAD = ["Tried", "Frames", "Rows", "Score", "|difference|", "Match", "Request"];

/** @param {Shared} props */
export function Replay({ detail, navigate }) {
  const { verdict, windows } = detail;
  if (!verdict)
    return html`<p>Not replayed yet. Run <code>smokewatch replay</code> for the day of this sequence.</p>`;
  const { matched, full } = windows;
  const shared = { verdict, navigate };
  const { milliseconds } = verdict;
  const took = milliseconds === null ? "" : `; the ${matchedWord(verdict)} window took ${formatSpan(milliseconds)}`;
  return html`<div class="replay-tab">
    ${verdict.match === "dropped" &&
    html`<p>Not replayed to a score (${words(verdict.drop_reason ?? "dropped")}): ${verdict.detail.slice(0, 2000)}</p>`}
    ${(matched || full) &&
    html`<section class="decisions">
      ${windowsDiffer(detail)
        ? html`<${Decision} name=${matchedWord(verdict)} which="matched" window=${matched} ...${shared} />
            <${Decision} name="full" which="full" window=${full} ...${shared} />`
        : html`<${Decision} name="full" which="full" window=${full ?? matched} ...${shared} />`}
    </section>`}
    ${verdict.windows.length > 0 &&
    html`<${Chart} detail=${detail} />
      <${Probes} detail=${detail} verdict=${verdict} />`}
    ${verdict.runtime &&
    html`<p class="muted">Replayed by ${verdict.runtime}${took}. ${isolationWords(verdict.isolation)}</p>`}
  </div>`;
}

/** @param {{name: string, which: Which, window: Window | null, verdict: Verdict, navigate: Navigate}} props */
function Decision({ name, which, window, verdict, navigate }) {
  const title = html`<h3 class="eyebrow">${name} window</h3>`;
  if (!window) return html`<div class="decision">${title}<p class="muted">Its answer is not in the store.</p></div>`;
  const see = () => navigate({ tab: "frames", window: which });
  const probe = verdict.windows.find(({ request_sha256: sha256 }) => sha256 === window.request_sha256);
  const decision = window.is_smoke ? "keep" : "discard";
  const { decision: rule, tubes, preprocessing } = window.details;
  const padded = preprocessing.padded_frame_indices.length;
  const compared = rule.aggregation === "logistic" ? comparison(window.probability, rule.threshold) : "";
  /** @type {[string, string][]} */
  const facts = [
    ["Frames", `${window.frames.length} asked${probe ? `, when ${probe.seen_frames} were known` : ""}`],
    ["Trigger", triggerWords(window)],
    ["Tubes", `${tubes.kept.length} kept of ${tubes.num_candidates}`],
    ["Padded", padded ? plural(padded, "slot") : "none"],
    ["Rule", rule.aggregation ? `${words(rule.aggregation)} ≥ ${formatExact(rule.threshold)}` : NOTHING],
    ["Took", formatSpan(window.milliseconds)],
  ];
  return html`<div class="decision">
    ${title}
    <p class="decision-line">
      <span class=${`mark ${decision}`}>${decision}</span>
      <strong class="score-large" title=${formatExact(window.probability)}>${formatScore(window.probability)}</strong>
      <span class="muted">${compared}</span>
    </p>
    <dl class="pairs">${facts.map(([key, value]) => html`<div key=${key}><dt>${key}</dt><dd>${value}</dd></div>`)}</dl>
    <button type="button" class="link" onClick=${see}>See its frames</button>
  </div>`;
}

/** @param {{detail: Detail, verdict: Verdict}} props */
function Probes({ detail, verdict }) {
  const recorded = verdict.recorded_score;
  const full = detail.windows.full?.request_sha256;
  const computed = verdict.windows.filter((probe) => probe.computed).length;
  return html`<section>
    <h3 class="eyebrow">
      In the order of probing: ${computed} of ${plural(verdict.windows.length, "window")} computed
    </h3>
    <div class="scroll" tabindex="0" role="region" aria-label="Windows probed">
      <table class="plain">
        <thead>
          <tr>
            ${HEAD.map(
              (name, at) => html`<th scope="col" class=${classes(at < 5 && "number")} key=${name}>${name}</th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${verdict.windows.map((probe, index) => {
            const { score, request_sha256: sha256, computed } = probe;
            const apart = score === null || recorded === null ? null : Math.abs(score - recorded);
            const within = apart !== null && (apart <= TOLERANCE ? "within" : "beyond");
            const shown = sha256 === verdict.request_sha256;
            return html`<tr key=${sha256} class=${classes(shown && "chosen", !computed && "not-computed")}>
              <td class="muted number">${index + 1}</td>
              <td class="number">${probe.seen_frames}${sha256 === full && html` <span class="badge">full</span>`}</td>
              <td class="number">${probe.seen_rows}</td>
              <td class="number" title=${formatExact(score)}>${score?.toFixed(6) ?? NOTHING}</td>
              <td class=${classes("number", within)}>${formatDifference(apart)}</td>
              <td>
                ${!computed
                  ? html`<span class="muted">not computed</span>`
                  : probe.matches
                    ? html`<span class="mark right">matches</span>`
                    : shown
                      ? html`<span class="mark wrong">nearest</span>`
                      : html`<span class="muted">no</span>`}
              </td>
              <td><code title=${sha256}>${shortDigest(sha256)}</code></td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </section>`;
}
