/** Evaluation on labelled sequences: the threshold, what it keeps and misses, and whether scores mean what they say. */
import { formatCount, formatShare, formatThreshold, keyOf, plural, shownName } from "../format.js";
import { classes, html, useComputed } from "../html.js";
import { nearestStep } from "../thresholds.js";
import { calibration, calibrationByRelease, contradictions, rates, sweep } from "./measures.js";
import { Reliability } from "./reliability.js";
import { formatRoute } from "./route.js";
import { measured, navigate, route, rows, selection, threshold } from "./state.js";

/** Move the threshold; steps are n/100 by division, never summed up.
 * @param {number} by hundredths */
export function stepThreshold(by) {
  const at = threshold.peek() * 100;
  const next = by < 0 ? Math.ceil(at - 1e-9) + by : Math.floor(at + 1e-9) + by;
  navigate({ threshold: Math.min(100, Math.max(0, next)) / 100 }, { replace: true });
}

function Slider() {
  const value = threshold.value;
  const usual = rows.value?.defaultThreshold ?? 0.5;
  const onInput = (/** @type {Event} */ event) => {
    const hundredths = Math.round(Number(/** @type {HTMLInputElement} */ (event.target).value) * 100);
    navigate({ threshold: hundredths / 100 }, { replace: true });
  };
  return html`<section class="block threshold">
    <div class="threshold-head">
      <label class="eyebrow" for="threshold">Threshold</label>
      <output class="threshold-value" for="threshold">${formatThreshold(value)}</output>
      <button type="button" class="button quiet" disabled=${route.value.threshold === null || value === usual} onClick=${() => navigate({ threshold: null })} title="The release's packaged threshold">Reset to ${formatThreshold(usual)}</button>
    </div>
    <input id="threshold" type="range" min="0" max="1" step="0.01" value=${value} onInput=${onInput} style=${{ "--at": String(value) }} aria-valuetext=${formatThreshold(value)} />
    <p class="muted rail-note"><kbd>[</kbd> <kbd>]</kbd> step by 0.01. A score at the threshold is kept.</p>
  </section>`;
}

/** @param {{ name: string, rate: { part: number, whole: number }, meaning: string }} props */
function Card({ name, rate, meaning }) {
  return html`<div class="measure" title=${meaning}>
    <dt class="eyebrow">${name}</dt>
    <dd><strong>${formatShare(rate.part, rate.whole)}</strong><span class="muted">${formatCount(rate.part)}/${formatCount(rate.whole)}</span></dd>
  </div>`;
}

function Cards() {
  const counts = selection.value;
  if (counts === null) return null;
  const [smokeKept, smokeDiscarded, fpKept, fpDiscarded] = counts.outcome;
  const { recall, specificity, precision } = rates({ smokeKept, smokeDiscarded, fpKept, fpDiscarded });
  return html`<dl class="measures">
    <${Card} name="Recall" rate=${recall} meaning="smoke that is kept, of all smoke" />
    <${Card} name="FP filtered" rate=${specificity} meaning="false positives that are discarded, of all false positives" />
    <${Card} name="Precision" rate=${precision} meaning="smoke, of all that is kept" />
  </dl>`;
}

function Sweep() {
  const steps = useComputed(() => (rows.value === null ? [] : sweep(rows.value, measured.value)));
  const nearest = useComputed(() => nearestStep(threshold.value));
  return html`<section class="block">
    <h2 class="eyebrow">Sweep</h2>
    <table class="lines-table sweep">
      <thead><tr><th scope="col">at</th><th scope="col">recall</th><th scope="col">FP filt.</th><th scope="col">precision</th></tr></thead>
      <tbody>
        ${steps.value.map(({ threshold: step, counts }) => {
          const { recall, specificity, precision } = rates(counts);
          return html`<tr key=${step} class=${classes(step === nearest.value && "selected")} aria-current=${step === nearest.value ? "true" : undefined}>
            <th scope="row"><button type="button" class="rail-link" aria-label=${`Set the threshold to ${formatThreshold(step)}`} onClick=${() => navigate({ threshold: step })}>${formatThreshold(step)}</button></th>
            <td>${formatShare(recall.part, recall.whole)}</td><td>${formatShare(specificity.part, specificity.whole)}</td><td>${formatShare(precision.part, precision.whole)}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </section>`;
}

/** @param {number} ece
 * @returns {string} */
const eceText = (ece) => (Number.isNaN(ece) ? "–" : ece.toFixed(3));

function Calibrations() {
  const all = useComputed(() => (rows.value === null ? null : calibration(rows.value, measured.value)));
  const releases = useComputed(() => (rows.value === null ? [] : calibrationByRelease(rows.value, measured.value)));
  if (all.value === null || all.value.count === 0) return null;
  return html`<section class="block">
    <h2 class="eyebrow">Reliability</h2>
    <${Reliability} calibration=${all.value} />
    <table class="lines-table">
      <thead><tr><th scope="col">release</th><th scope="col">n</th><th scope="col">ECE</th></tr></thead>
      <tbody>
        ${releases.value.map(({ apiVersion, calibration: { count, ece } }) => html`<tr key=${apiVersion}><th scope="row" class="cut">${shownName(apiVersion, 40)}</th><td>${formatCount(count)}</td><td>${eceText(ece)}</td></tr>`)}
        ${releases.value.length !== 1 && html`<tr class="total"><th scope="row">all</th><td>${formatCount(all.value.count)}</td><td>${eceText(all.value.ece)}</td></tr>`}
      </tbody>
    </table>
  </section>`;
}

const MOST = 50;

function Contradictory() {
  const held = rows.value;
  const found = useComputed(() => (rows.value === null ? [] : contradictions(rows.value, measured.value)));
  if (held === null || found.value.length === 0) return null;
  // Once for all of them: the slider moves every link's threshold.
  const here = formatRoute({ ...route.value, sequence: null });
  const open = (/** @type {string} */ key) => (/** @type {MouseEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    navigate({ sequence: key });
  };
  return html`<section class="block">
    <h2 class="eyebrow">Contradictory labels</h2>
    <p class="muted rail-note">${plural(found.value.length, "sequence")} that people called both smoke and false positive on the same frames. Left out of every number above.</p>
    <ul class="links">
      ${found.value.slice(0, MOST).map((row) => {
        const key = keyOf(held.sources[held.source[row]], held.id[row]);
        return html`<li key=${key}><a href=${`${here}&sequence=${encodeURIComponent(key)}`} onClick=${open(key)}><span class="cut">${shownName(held.cameras[held.camera[row]]?.name, 40)}</span> <span class="muted">#${held.id[row]}</span></a></li>`;
      })}
    </ul>
    ${found.value.length > MOST && html`<p class="muted rail-note">and ${formatCount(found.value.length - MOST)} more</p>`}
  </section>`;
}

export function Evaluation() {
  return html`<${Slider} /><${Cards} /><${Sweep} /><${Calibrations} /><${Contradictory} />`;
}
