/** The threshold: a slider over the scores it splits, steps of 0.01, a reset, and another threshold to compare with. */
import { formatCount, formatThreshold } from "../format.js";
import { classes, html, useComputed } from "../html.js";
import { BINS, compare, histogram, split } from "./deciding.js";
import { against, navigate, route, rows, scores, setThreshold, stepThreshold, threshold, usual } from "./state.js";

const HEIGHT = 40;

/** The histogram as one path of bars, a hundredth each. Heights are square roots, and one bar that is far above all
 * others is cut, as that of sequences without tubes is: few have to show beside many.
 * @param {Int32Array} counts
 * @returns {string} */
function bars(counts) {
  const [first = 1, second = first] = [...counts].sort((a, b) => b - a);
  const most = Math.sqrt(Math.max(1, Math.min(first, 2 * second)));
  let path = "";
  counts.forEach((count, at) => {
    if (count === 0) return;
    const height = Math.min(HEIGHT, Math.max(1, (HEIGHT * Math.sqrt(count)) / most));
    path += `M${at + 0.1} ${HEIGHT}v${-height.toFixed(2)}h.8v${height.toFixed(2)}z`;
  });
  return path;
}

/** Drawn twice, once in each side's colour, and cut at the threshold: a step of the slider moves the cut alone. */
function Histogram() {
  const path = useComputed(() => bars(histogram(scores.value)));
  return html`<div class="histogram" aria-hidden="true" title="How many sequences score so: heights are square roots">
    ${["unlabeled", "review"].map((side) => html`<svg key=${side} class=${side} viewBox=${`0 0 ${BINS} ${HEIGHT}`} preserveAspectRatio="none"><path d=${path.value} /></svg>`)}
    ${against.value !== null && html`<span class="compared" style=${{ "--compared": String(against.value) }}></span>`}
  </div>`;
}

/** @param {{ by: number, text: string, press: string }} props */
function Step({ by, text, press }) {
  const to = threshold.value;
  return html`<button type="button" class="button square step" aria-label=${`Threshold ${by < 0 ? "down" : "up"} by 0.01`} title=${`${text}0.01 (${press})`}
    disabled=${by < 0 ? to <= 0 : to >= 1} onClick=${() => stepThreshold(by)}>${text}</button>`;
}

function Compared() {
  const other = against.value;
  const value = threshold.value;
  if (other === null) {
    return html`<button type="button" class="button quiet compare" onClick=${() => navigate({ against: value })} title="Keep this threshold in sight while you try others">Compare with ${formatThreshold(value)}</button>`;
  }
  const { toReview, toUnlabeled } = compare(scores.value, other, value);
  const moved = toReview + toUnlabeled;
  const { moved: only } = route.value;
  return html`<div class="comparison" role="group" aria-label="Comparison of two thresholds">
    <p><strong>${formatThreshold(other)}</strong> → <strong>${formatThreshold(value)}</strong>
      <button type="button" class="button quiet" onClick=${() => navigate({ threshold: other === usual.peek() ? null : other, against: value })}>Swap</button>
      <button type="button" class="button quiet" onClick=${() => navigate({ against: null })}>End</button></p>
    <p role="status">${moved === 0
      ? html`<span class="muted">No sequence changes side.</span>`
      : html`<span class=${`mark ${toReview > 0 ? "review" : "unlabeled"}`}>${formatCount(moved)} more to ${toReview > 0 ? "review" : "unlabel"}</span>`}</p>
    <button type="button" class=${classes("button", "only-moved")} aria-pressed=${only} disabled=${moved === 0 && !only} onClick=${() => navigate({ moved: !only })}>Show only these</button>
  </div>`;
}

export function Slider() {
  const value = threshold.value;
  const onInput = (/** @type {Event} */ event) => {
    const hundredths = Math.round(Number(/** @type {HTMLInputElement} */ (event.target).value) * 100);
    setThreshold(hundredths / 100, { replace: true });
  };
  return html`<section class="block threshold" style=${{ "--at": String(value) }}>
    <div class="threshold-head">
      <label class="eyebrow" for="threshold">Threshold</label>
      <output class="threshold-value" for="threshold">${formatThreshold(value)}</output>
      <span class="steps"><${Step} by=${-1} text="−" press="[" /><${Step} by=${1} text="+" press="]" /></span>
      <button type="button" class="button quiet" disabled=${value === usual.value} onClick=${() => navigate({ threshold: null })} title=${`To ${formatThreshold(usual.value)}, the latest triage's`}>Reset</button>
    </div>
    <div class="over-histogram">
      <${Histogram} />
      <input id="threshold" type="range" min="0" max="1" step="0.01" value=${value} onInput=${onInput} aria-valuetext=${`${formatThreshold(value)}, ${formatCount(split(scores.value, value).review)} to review`} />
    </div>
    <p class="muted rail-note">A score at the threshold is reviewed.</p>
    ${rows.value !== null && html`<${Compared} />`}
  </section>`;
}
