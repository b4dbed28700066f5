/** Beside the screen: the worst cameras, what days are compared with, which releases ran, what the words mean. */
import { formatCount, plural, shownName } from "../format.js";
import { classes, html, useState } from "../html.js";
import { replayAddress } from "./route.js";
import { cameraNamed, FINE, worstCameras } from "./store.js";
import { held, navigate, route, shownDay } from "./state.js";
import { nameOf, scopeWords, signed, signOf, wordOf } from "./words.js";

const FEWEST = 8;

function Worst() {
  const period = held.value;
  const [all, setAll] = useState(false);
  if (period === null || period.cameras.length === 0) return null;
  const every = worstCameras(period);
  const shown = all ? every : every.slice(0, FEWEST);
  const { camera: chosen } = route.value;
  return html`<section class="block" aria-label="Worst cameras">
    <h2 class="eyebrow">Worst cameras${route.value.mode === "strict" && ", calibrated"}</h2>
    <ul class="worst">${shown.map(({ camera, rank, open, at, metric, effect }) => {
      const name = period.cameras[camera]?.name ?? "";
      const severity = nameOf(rank);
      const what = rank > FINE ? `${period.metrics[metric]?.label} ${signed(effect)}` : wordOf(severity);
      return html`<li key=${name} class=${classes("bad", severity, chosen === name && "selected")}>
        <button type="button" aria-pressed=${chosen === name} onClick=${() => navigate(chosen === name ? { camera: "" } : { camera: name, ...(rank > FINE && { day: period.days.day[at] ?? "" }) })}>
          <span class=${`severity ${severity}`}><span class="sign" aria-hidden="true">${signOf(severity)}</span><span class="unseen">${wordOf(severity)}</span></span>
          <span class="cut bad-name">${shownName(name, 60)}</span>
          <span class="muted bad-days">${open > 0 ? plural(open, "day") : ""}</span>
          <span class="muted bad-what">${what}${rank > FINE ? `, ${period.days.day[at]}` : ""}</span>
        </button>
      </li>`;
    })}</ul>
    ${every.length > FEWEST && html`<button type="button" class="button quiet more" aria-expanded=${all} onClick=${() => setAll(!all)}>${all ? "Show fewer" : `All ${every.length} cameras`}</button>`}
    ${chosen !== "" && shownDay.value !== "" && html`<p class="links"><a href=${replayAddress(cameraNamed(period, chosen), shownDay.value)}>Replay ${shownName(chosen, 40)}, ${shownDay.value}</a></p>`}
  </section>`;
}

function Against() {
  const period = held.value;
  const watched = period?.watched.find((each) => each.baseline === period.baseline && each.scope === period.scope);
  if (period === null || watched === undefined) return null;
  const { version } = watched;
  return html`<section class="block" aria-label="Baseline">
    <h2 class="eyebrow">Baseline</h2>
    <dl class="rail-facts">
      <div><dt>name</dt><dd class="cut">${shownName(watched.baseline, 60)}</dd></div>
      <div><dt>whose</dt><dd class="cut">${shownName(scopeWords(watched.scope, period.organizations), 80)}</dd></div>
      ${version !== null && html`<div><dt>newest version</dt><dd>${version.version}, ${version.origin}</dd></div>
        <div><dt>days</dt><dd>${formatCount(version.days)}</dd></div>
        <div><dt>from, to</dt><dd>${version.first_day}, ${version.last_day}</dd></div>`}
      <div><dt>checked days</dt><dd>${formatCount(watched.checks)}</dd></div>
    </dl>
  </section>`;
}

function Releases() {
  const period = held.value;
  if (period === null || period.releases.length === 0) return null;
  const { days, releases } = period;
  const changes = days.day.flatMap((day, at) => (at === 0 || days.release_change[at] ? [{ day, at }] : [])).filter(({ at }) => (days.releases[at] ?? []).length > 0);
  return html`<section class="block" aria-label="Releases">
    <h2 class="eyebrow">Releases</h2>
    <ol class="changes">${changes.slice(-8).reverse().map(({ day, at }) => html`<li key=${day}><time>${day}</time>
      <span>${(days.releases[at] ?? []).map((place) => `${shownName(releases[place]?.api_version || "unknown", 24)}, model ${shownName(releases[place]?.model_version || "unknown", 24)}`).join("; ")}</span></li>`)}</ol>
  </section>`;
}

function Meanings() {
  const period = held.value;
  if (period === null) return null;
  return html`<section class="block"><details class="words"><summary class="eyebrow">What the words mean</summary>
    <dl>${period.metrics.map((each) => html`<div key=${each.name}><dt>${each.label}</dt><dd class="muted">${each.meaning}</dd></div>`)}
      <div><dt>high, medium</dt><dd class="muted">alert; high reaches the fixed threshold</dd></div>
      <div><dt>low</dt><dd class="muted">differs, tells nobody; a second day within three does</dd></div>
      <div><dt>insufficient data</dt><dd class="muted">nothing can be said, which is not the same as none</dd></div></dl>
  </details></section>`;
}

export function Rail() {
  return html`<aside class="rail" aria-label="Summary"><${Worst} /><${Against} /><${Releases} /><${Meanings} /></aside>`;
}
