/** What stands above: baseline, period, organization, release, and what is chosen. */
import { Chips, SheetButton } from "../filterbar.js";
import { shownName } from "../format.js";
import { classes, html } from "../html.js";
import { DayRange, Picker } from "../picker.js";
import { toggled } from "../queries.js";
import { changed, cleared, filterCount, formatRoute, MODES, RANGES } from "./route.js";
import { held, navigate, route } from "./state.js";
import { scopeWords } from "./words.js";

/** @typedef {import("../filterbar.js").Chip} Chip */

const TITLES = { camera: "Camera", organization: "Organization", release: "Release" };

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
    <${DayRange} from=${from} to=${to} onChange=${(/** @type {{ from?: string, to?: string }} */ changes, /** @type {{ replace: boolean }} */ how) => navigate({ ...changes, ...(changes.from === undefined && { from: route.peek().from }) }, how)} />
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

/** @returns {Chip[]} */
function chips() {
  const { camera, organization, release } = route.value;
  const names = new Map((held.value?.organizations ?? []).map(({ source, id, name }) => [`${source}:${id}`, name]));
  const chip = (/** @type {keyof typeof TITLES} */ name, /** @type {string} */ value, /** @type {string} */ text, /** @type {import("./route.js").Changes} */ without) =>
    ({ title: TITLES[name], value, text, remove: () => navigate(without) });
  return [
    ...(camera === "" ? [] : [chip("camera", camera, camera, { camera: "" })]),
    ...organization.map((value) => chip("organization", value, names.get(value) ?? value, { organization: toggled(organization, value) })),
    ...release.map((value) => chip("release", value, value, { release: toggled(release, value) })),
  ];
}

export function Bar() {
  const period = held.value;
  return html`<div class="filters drift-bar">
    <div class="choosing">
      <${Modes} /><${Baselines} /><${Ranges} /><${Filters} />
      ${period !== null && html`<span class=${classes("muted", "period-words")}>${period.first_day} to ${period.last_day}</span>`}
      <${SheetButton} name="summary" text="Summary" />
    </div>
    ${filterCount(route.value) > 0 && html`<div class="status"><div class="told"><${Chips} chips=${chips()} clear=${() => navigate(cleared())} /></div></div>`}
  </div>`;
}
