/** What to know first: how bad, since when, where, what to do. Then what is wrong with the data itself. */
import { formatCount, plural, shownName } from "../format.js";
import { classes, html } from "../html.js";
import { Severity } from "./marks.js";
import { replayAddress, whoseQuery } from "./route.js";
import { cameraNamed, neighbourDay } from "./store.js";
import { held, moveDay, navigate, route, shownDay, told } from "./state.js";
import { signOf, strictHeadline } from "./words.js";

/** @typedef {import("./types.js").Day} Day */

function DayStep() {
  const period = held.value;
  const day = shownDay.value;
  if (period === null) return null;
  return html`<div class="day-step" role="group" aria-label="Checked day, UTC">
    <button type="button" class="button square" aria-label="The checked day before" disabled=${neighbourDay(period, day, -1) === null} onClick=${() => moveDay(-1)}>‹</button>
    <time class="day-text">${day}</time>
    <button type="button" class="button square" aria-label="The checked day after" disabled=${neighbourDay(period, day, 1) === null} onClick=${() => moveDay(1)}>›</button>
    ${route.value.day !== "" && html`<button type="button" class="button quiet" onClick=${() => navigate({ day: "" })}>Newest</button>`}
  </div>`;
}

/** @param {{ name: string, children: unknown }} props */
const Fact = ({ name, children }) => html`<div><dt>${name}</dt><dd>${children}</dd></div>`;

/** @param {{ day: Day }} props */
function Facts({ day }) {
  const { verdict, data, baseline, strict } = day;
  const byStrict = route.value.mode === "strict";
  const alerts = byStrict ? ["medium", "high"].includes(strict.severity) : verdict.alerts;
  return html`<dl class="facts">
    ${!byStrict && html`<${Fact} name="since">${verdict.since ?? "–"}<//>`}
    <${Fact} name="alerts">${alerts ? "yes, people are told" : "no"}<//>
    <${Fact} name="calibrated"><${Severity} severity=${verdict.severity} />${verdict.provisional && html` <span class="muted">provisional</span>`}<//>
    <${Fact} name="strict"><${Severity} severity=${strict.severity} /><//>
    <${Fact} name="frames, sequences">${formatCount(data.frames)}, ${formatCount(data.sequences)}<//>
    <${Fact} name="nothing to compare with">${formatCount(data.left_out)}<//>
    <${Fact} name="baseline"><span class="cut">${shownName(baseline.name, 40)}</span> v${baseline.version}, ${plural(baseline.days, "day")}<//>
    <${Fact} name="model">${data.model_versions.map((each) => shownName(each, 30)).join(", ") || "–"}<//>
  </dl>`;
}

/** @param {{ day: Day }} props */
function Links({ day }) {
  const strict = route.value.mode === "strict";
  const period = held.value;
  if (period === null) return null;
  const cameras = (strict ? [] : day.verdict.cameras).slice(0, 3).map((name) => ({ name, known: cameraNamed(period, name) }));
  const report = `/api/drift/report/${day.day}`;
  const whose = whoseQuery(period);
  return html`<p class="verdict-links">
    ${cameras.map(({ name, known }) => html`<a key=${name} class="button" href=${replayAddress(known, day.day)}>Replay ${shownName(name, 40)}</a>`)}
    ${cameras.length === 0 && html`<a class="button" href=${replayAddress(null, day.day)}>Replay the day</a>`}
    <a class="button" href=${`${report}${whose}`}>Report</a>
    <a class="button quiet" href=${`${report}.json${whose}`}>JSON</a>
  </p>`;
}

export function Verdict() {
  const day = told.value;
  const here = shownDay.value;
  if (day === null) return html`<section class="verdict-card" aria-label="Verdict" aria-busy="true"><${DayStep} /><span class="skeleton verdict-waits"></span></section>`;
  const strict = route.value.mode === "strict";
  const severity = strict ? day.strict.severity : day.verdict.severity;
  const late = day.day !== here || day.baseline.name !== held.value?.baseline;
  return html`<section class=${classes("verdict-card", severity, late && "late")} aria-label="Verdict" aria-busy=${late}>
    <${DayStep} />
    <h2><span class="sign" aria-hidden="true">${signOf(severity)}</span><span>${strict ? strictHeadline(day.strict, day.day) : day.verdict.headline}</span></h2>
    <ul class="actions">
      ${strict
        ? html`<li>The fixed thresholds alone: they know no weather, and alarm on ordinary days too.</li>`
        : day.verdict.actions.map((each) => html`<li key=${each}>${each}</li>`)}
    </ul>
    <${Links} day=${day} />
    <${Facts} day=${day} />
  </section>`;
}

/** Before all statistics: it explains most of what they would find. */
export function DataQuality() {
  const day = told.value;
  if (day === null) return null;
  const { quality } = day;
  if (quality.length === 0) {
    return html`<section class="card quality" aria-label="Data quality"><h2 class="eyebrow">Data quality</h2>
      <p class="quality-fine"><span class="mark right">no alarm</span> <span class="muted">no camera missing, no frame stuck, undecodable or of another size, every score a number</span></p>
    </section>`;
  }
  return html`<section class="card quality alarmed" aria-label="Data quality"><h2 class="eyebrow">Data quality: ${plural(quality.length, "alarm")}</h2>
    <ul>${quality.slice(0, 40).map((each) => html`<li key=${`${each.kind} ${each.camera}`}>
      <span class="mark contradictory">${each.label}</span> <strong class="cut">${shownName(each.camera, 60)}</strong> <span class="muted">${shownName(each.detail, 200)}</span>
    </li>`)}</ul>
    ${quality.length > 40 && html`<p class="muted">${quality.length - 40} more are in the report.</p>`}
  </section>`;
}
