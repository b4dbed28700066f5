/** How much of what is replayed is explained, and how good what is replayed is. */
import { formatCount, NOTHING, plural, shownName, words } from "../format.js";
import { Severity } from "../drift/marks.js";
import { html } from "../html.js";
import { Bar, Facts, Panel } from "./parts.js";
import { latest, quality } from "./state.js";
import { explainedWords, percent, RATE_SIGNS, rateTone } from "./words.js";

/** @typedef {import("./types.js").Rate} Rate */

const MOST = 8;

/** A rate in words, with a sign where it is low.
 * @param {{ rate: number | null }} props */
export function Share({ rate }) {
  const tone = rateTone(rate);
  return html`<span class=${`share ${tone}`}>${RATE_SIGNS[tone] && html`<span class="sign" aria-hidden="true">${RATE_SIGNS[tone]}</span>`}${percent(rate)}</span>`;
}

/** @param {{ name: string, href?: string, rate: Rate }} props */
function Line({ name, href, rate }) {
  return html`<tr>
    <th scope="row" class="cut" title=${name}>${href === undefined ? name : html`<a href=${href}>${name}</a>`}</th>
    <td class="meter-cell"><${Bar} part=${rate.rate ?? 0} tone=${rateTone(rate.rate)} /></td>
    <td class="number" title=${explainedWords(rate)}><${Share} rate=${rate.rate} /></td>
    <td class="number muted">${formatCount(rate.replayed)}</td>
  </tr>`;
}

/** The last hundred, one stroke each: what is not explained stands out of the line.
 * @param {{ values: number[] }} props 1: explained; oldest first */
function Strokes({ values }) {
  if (values.length === 0) return null;
  const missed = values.filter((value) => value === 0).length;
  const width = 4;
  const d = (/** @type {number} */ wanted) => values.map((value, at) => (value === wanted ? (value === 1 ? `M${at * width + 1.5} 18v6` : `M${at * width + 1.5} 2v22`) : "")).join("");
  return html`<svg class="strokes" viewBox=${`0 0 ${values.length * width} 26`} preserveAspectRatio="none" role="img" aria-label=${`The last ${values.length}, oldest first: ${plural(missed, "is", "are")} not explained`}>
    <path class="explained" d=${d(1)} /><path class="not-explained" d=${d(0)} />
  </svg>`;
}

/** @param {import("./types.js").Latest} data */
function draw({ match }) {
  const several = new Set(match.by_organization.map(({ source }) => source)).size > 1;
  const worst = [...match.by_organization].sort((a, b) => (a.rate ?? 2) - (b.rate ?? 2) || b.replayed - a.replayed);
  return html`<ul class="lasts">${["20", "50", "100"].map((size) => {
      const rate = match.last[size] ?? { explained: 0, replayed: 0, rate: null };
      return html`<li key=${size}><span class="muted">last ${size}</span><strong><${Share} rate=${rate.rate} /></strong><span class="muted">${explainedWords(rate)}</span></li>`;
    })}</ul>
    <${Strokes} values=${match.sparkline} />
    ${worst.length > 0 && html`<table class="lines-of rates">
      <caption class="unseen">Match rate by organization and release, the lowest first</caption>
      <thead><tr><th scope="col">By organization</th><th scope="col"><span class="unseen">Share as a bar</span></th><th scope="col" class="number">explained</th><th scope="col" class="number">of</th></tr></thead>
      <tbody>${worst.slice(0, MOST).map((each) => html`<${Line} key=${`${each.source}:${each.id}`} name=${`${shownName(each.name, 60)}${several ? ` (${each.source})` : ""}`} rate=${each} href=${`/history?organization=${encodeURIComponent(`${each.source}:${each.id}`)}`} />`)}
        ${worst.length > MOST && html`<tr><td colspan="4" class="muted">${plural(worst.length - MOST, "more organization")}, all better</td></tr>`}</tbody>
      <tbody><tr class="between"><th scope="colgroup" colspan="4">By release</th></tr>
        ${match.by_release.slice(0, MOST).map((each) => html`<${Line} key=${each.api_version} name=${shownName(each.api_version || "none recorded", 40)} rate=${each} ...${each.api_version && { href: `/history?release=${encodeURIComponent(each.api_version)}` }} />`)}</tbody>
      ${match.by_kind.length > 1 && html`<tbody><tr class="between"><th scope="colgroup" colspan="4">By kind of run</th></tr>
        ${match.by_kind.map((each) => html`<${Line} key=${each.kind} name=${words(each.kind)} rate=${each} href=${`/history?kind=${encodeURIComponent(each.kind)}`} />`)}</tbody>`}
    </table>`}`;
}

export const MatchPanel = () => html`<${Panel} title="Match rate" place="match" panel=${latest} draw=${draw} lines=${6} more=${html`<span class="muted">exact or an earlier window</span>`} />`;

/** The severity of each day, oldest first.
 * @param {{ trend: { day: string, severity: string }[] }} props */
function Trend({ trend }) {
  return html`<ol class="trend" aria-label="Drift by day, oldest first">${trend.map(({ day, severity }) => html`<li key=${day} class=${severity} title=${`${day}: ${words(severity)}`}><span class="unseen">${day}: ${words(severity)}</span></li>`)}</ol>`;
}

/** @param {import("./types.js").Quality} data */
function drawQuality({ drift, kept, triage, golden }) {
  return html`<div class="quality-parts">
    ${drift === null
      ? html`<p class="muted">No day was checked for drift: <code>smokewatch baseline</code>, then <code>smokewatch drift</code>.</p>`
      : html`<p class="drift-now"><a href=${`/drift?day=${drift.day}`}>Drift</a> <${Severity} severity=${drift.severity} /> <span class="muted">on ${drift.day}, baseline ${shownName(drift.baseline, 40)}</span></p>
        <${Trend} trend=${drift.trend} />
        ${drift.cameras.length > 0 && html`<p><span class="muted">worst cameras</span> ${drift.cameras.slice(0, 5).map((name, at) => html`${at > 0 && ", "}<a key=${name} href=${`/drift?day=${drift.day}&camera=${encodeURIComponent(name)}`}>${shownName(name, 40)}</a>`)}</p>`}`}
    <${Facts} facts=${[
      ["kept, 30 days", html`${percent(kept.share)} <span class="muted">${formatCount(kept.kept)} of ${formatCount(kept.replayed)}</span>`],
      ["to review", triage === null ? NOTHING : html`<a href="/triage">${formatCount(triage.to_review)}</a> <span class="muted">at ${triage.threshold}</span>`],
      ["to unlabel", triage === null ? NOTHING : formatCount(triage.to_unlabel)],
      ["last qualification", golden === null ? NOTHING : html`${words(golden.verdict)} <span class="muted">of ${formatCount(golden.compared)} compared</span>`],
    ]} />
  </div>`;
}

export const QualityPanel = () => html`<${Panel} title="Quality" place="quality" panel=${quality} draw=${drawQuality} />`;
