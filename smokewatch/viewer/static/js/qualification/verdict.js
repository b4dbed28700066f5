/** What to know first: may the release replace the one in use, by which rules, and how both compare. */
import { SheetButton } from "../filterbar.js";
import { formatDay, NOTHING, plural, shownName, words } from "../format.js";
import { html } from "../html.js";
import { report } from "./state.js";
import { changeWords, daysWords, figureWords, RULE_WORDS, shareWords, VERDICT_SIGNS, VERDICT_WORDS } from "./words.js";

/** @param {{ verdict: string }} props */
export const Mark = ({ verdict }) =>
  html`<span class=${`ruling ${verdict}`}><span aria-hidden="true">${VERDICT_SIGNS[verdict]}</span> ${verdict}</span>`;

export function Verdict() {
  const shown = report.value;
  if (shown === null) return null;
  const { verdict, candidate, baseline, compared, dropped } = shown;
  const missing = Object.entries(dropped).map(([reason, count]) => `${words(reason)} ${count}`);
  return html`<section class=${`card verdict-card ${verdict}`} aria-label="Verdict">
    <h2><${Mark} verdict=${verdict} /> <span>${shownName(candidate.version, 40)} ${VERDICT_WORDS[verdict]}</span></h2>
    <p class="muted">Against ${baseline.reference === "recorded" ? "what production recorded" : shownName(baseline.reference, 80)},
      on ${plural(compared, "sequence")} of <time datetime=${formatDay(shown.first_day)}>${daysWords(shown)}</time>; model ${shownName(candidate.model_version ?? NOTHING, 40)}.</p>
    ${missing.length > 0 && html`<p class="muted">Not compared: ${missing.join(", ")}.</p>`}
    <${SheetButton} name="summary" text="All qualifications" />
  </section>`;
}

export function Rules() {
  const shown = report.value;
  if (shown === null) return null;
  return html`<section class="card" aria-label="Rules">
    <h3 class="eyebrow">Rules</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="Rules"><table class="plain rules">
      <thead><tr>${["Rule", "Says", "Figure", "Limit", "Why"].map((name) => html`<th scope="col" key=${name} class=${name === "Figure" || name === "Limit" ? "number" : ""}>${name}</th>`)}</tr></thead>
      <tbody>${shown.rules.map(({ rule, verdict, figure, limit, said }) => html`<tr key=${rule}>
        <th scope="row">${RULE_WORDS[rule] ?? words(rule)}</th><td><${Mark} verdict=${verdict} /></td>
        <td class="number">${figureWords(figure)}</td><td class="number">${figureWords(limit)}</td><td>${said}</td>
      </tr>`)}</tbody>
    </table></div>
  </section>`;
}

export function Sides() {
  const shown = report.value;
  if (shown === null) return null;
  const { baseline, candidate, smoke, false_positives: falsePositives, alerts_a_day: alerts } = shown.metrics;
  const change = alerts.change === null ? NOTHING : `${alerts.change < 0 ? "\u2212" : "+"}${Math.abs(alerts.change * 100).toFixed(0)} %`;
  const rows = [
    ["Recall", shareWords(baseline.recall), shareWords(candidate.recall), changeWords(smoke)],
    ["False-positive rate", shareWords(baseline.false_positive_rate), shareWords(candidate.false_positive_rate), changeWords(falsePositives)],
    ["Precision", shareWords(baseline.precision), shareWords(candidate.precision), NOTHING],
    ["Alerts a day", alerts.baseline.toFixed(1), alerts.candidate.toFixed(1), change],
    ["Calibration error", figureWords(baseline.calibration_error), figureWords(candidate.calibration_error), NOTHING],
  ];
  return html`<section class="card" aria-label="Side by side">
    <h3 class="eyebrow">Side by side <span class="muted">exact intervals, ${Math.round(shown.confidence * 100)} %</span></h3>
    <div class="scroll" tabindex="0" role="region" aria-label="Side by side"><table class="plain">
      <thead><tr>${["", "Baseline", "Candidate", "Change"].map((name) => html`<th scope="col" key=${name}>${name || html`<span class="unseen">Measure</span>`}</th>`)}</tr></thead>
      <tbody>${rows.map(([name, ...cells]) => html`<tr key=${name}><th scope="row">${name}</th>${cells.map((cell, at) => html`<td key=${at}>${cell}</td>`)}</tr>`)}</tbody>
    </table></div>
  </section>`;
}
