/** What stands above: baseline, period, organization, release, and what is chosen. */
import { shownName } from "../format.js";
import { classes, html } from "../html.js";
import { sheet } from "../page.js";
import { DayRange, Picker } from "../picker.js";
import { toggled } from "../route.js";
import { changed, cleared, filterCount, formatRoute, MODES, RANGES } from "./route.js";
import { held, navigate, route } from "./state.js";
import { scopeWords } from "./words.js";

const TITLES = { organization: "Organization", release: "Release" };

/** Calibrated or strict: which verdict is told. */
function Modes() {
  const state = route.value;
  return html`<nav class="modes" aria-label="Mode">${MODES.map((mode) => {
    const onClick = (/** @type {MouseEvent} */ event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      navigate({ mode });
    };
    const href = `${location.pathname}${formatRoute(changed(state, { mode }))}`;
    return html`<a key=${mode} class="mode" href=${href} aria-current=${state.mode === mode ? "page" : undefined} onClick=${onClick}>${mode === "strict" ? "Strict" : "Calibrated"}</a>`;
  })}</nav>`;
}

function Baselines() {
  const period = held.value;
  if (period === null || period.watched.length < 2) return null;
  const chosen = period.watched.findIndex((each) => each.baseline === period.baseline && each.scope === period.scope);
  const onChange = (/** @type {Event} */ event) => {
    const { baseline = "", scope = "" } = period.watched[Number(/** @type {HTMLSelectElement} */ (event.target).value)] ?? {};
    navigate({ baseline, scope });
  };
  return html`<label class="baseline"><span class="muted">Baseline</span>
    <select id="baseline" class="field" value=${String(chosen)} onChange=${onChange}>
      ${period.watched.map((each, at) => html`<option key=${at} value=${String(at)}>${shownName(each.baseline, 40)}, ${shownName(scopeWords(each.scope, period.organizations), 60)}</option>`)}
    </select></label>`;
}

function Ranges() {
  const { from, to, days } = route.value;
  return html`<div class="ranges" role="group" aria-label="Days">
    ${RANGES.map((each) => html`<button key=${each} type="button" class="button" aria-pressed=${from === "" && to === "" && days === each} onClick=${() => navigate({ days: each })}>${each === 365 ? "1 year" : `${each} d`}</button>`)}
    <${DayRange} from=${from} to=${to} onChange=${(/** @type {{ from?: string, to?: string }} */ changes) => navigate({ ...changes, ...(changes.from === undefined && { from: route.peek().from }) })} />
  </div>`;
}

function Filters() {
  const pick = (/** @type {"organization" | "release"} */ name) => ({
    title: TITLES[name],
    chosen: route.value[name],
    onToggle: (/** @type {string} */ value) => navigate({ [name]: toggled(route.peek()[name], value) }),
    onClear: () => navigate({ [name]: [] }),
  });
  const period = held.value;
  const organizations = () => (period?.organizations ?? []).map(({ source, id, name, cameras }) => ({ value: `${source}:${id}`, name, count: cameras }));
  const releases = () => (period?.release_days ?? []).map(({ api_version: name, days }) => ({ value: name, name, count: days }));
  return html`<${Picker} ...${pick("organization")} options=${organizations} /><${Picker} ...${pick("release")} options=${releases} />`;
}

function Chips() {
  const state = route.value;
  if (filterCount(state) === 0) return null;
  const names = new Map((held.value?.organizations ?? []).map(({ source, id, name }) => [`${source}:${id}`, name]));
  const chip = (/** @type {string} */ title, /** @type {string} */ text, /** @type {() => void} */ remove) => html`<li key=${`${title} ${text}`}>
    <button type="button" class="chip" aria-label=${`Remove filter ${title}: ${shownName(text, 40)}`} onClick=${remove}>
      <span class="muted">${title}</span> <span class="cut">${shownName(text, 40)}</span><svg viewBox="0 0 8 8" aria-hidden="true"><path d="M1 1l6 6M7 1L1 7" /></svg>
    </button></li>`;
  return html`<div class="chips"><ul aria-label="Active filters">
      ${state.camera !== "" && chip("Camera", state.camera, () => navigate({ camera: "" }))}
      ${state.organization.map((value) => chip(TITLES.organization, names.get(value) ?? value, () => navigate({ organization: toggled(state.organization, value) })))}
      ${state.release.map((value) => chip(TITLES.release, value, () => navigate({ release: toggled(state.release, value) })))}
    </ul><button type="button" class="button quiet" onClick=${() => navigate(cleared())}>Clear all</button></div>`;
}

export function Bar() {
  const onClick = () => {
    sheet.value = sheet.peek() === "summary" ? "" : "summary";
  };
  const period = held.value;
  return html`<div class="filters drift-bar">
    <div class="choosing">
      <${Modes} /><${Baselines} /><${Ranges} /><${Filters} />
      ${period !== null && html`<span class=${classes("muted", "period-words")}>${period.first_day} to ${period.last_day}</span>`}
      <button type="button" class="button to-summary" aria-expanded=${sheet.value === "summary"} onClick=${onClick}>Summary</button>
    </div>
    ${filterCount(route.value) > 0 && html`<div class="status"><div class="told"><${Chips} /></div></div>`}
  </div>`;
}
