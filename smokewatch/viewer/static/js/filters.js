/** What stands above the table: search, filters with counts, what is chosen, how many rows there are, the export. */
import { formatCount, shownName } from "./format.js";
import { classes, html } from "./html.js";
import {
  cameraOptions, decisionOptions, labelOptions, matchOptions, organizationOptions, outcomeOptions, reasonOptions,
  releaseOptions, valueWords,
} from "./options.js";
import { DayRange, Picker } from "./picker.js";
import { apiQuery, cleared, filterCount, LISTS, TEXTS, toggled } from "./route.js";
import { evaluating, filters, navigate, route, rows, selection, sheet, threshold } from "./state.js";

/** @typedef {typeof LISTS[number]} List */
/** @typedef {import("./filtering.js").Selection} Counts */

/** The changes that follow one option: a camera outside the chosen organizations would hide everything.
 * @param {List} name
 * @param {string[]} values
 * @returns {import("./route.js").Changes} */
function following(name, values) {
  if (name !== "organization" || values.length === 0) return { [name]: values };
  const kept = route.peek().camera.filter((camera) => values.includes(camera.slice(0, camera.lastIndexOf(":"))));
  return { organization: values, camera: kept };
}

/** @param {List} name
 * @param {string} value */
export function toggle(name, value) {
  navigate(following(name, toggled(route.peek()[name], value)));
}

/** @param {{ name: List, title: string, options: (counts: Counts) => import("./picker.js").Option[] }} props */
function Filter({ name, title, options }) {
  const known = () => (selection.value === null ? [] : options(selection.value));
  return html`<${Picker} title=${title} options=${known} chosen=${filters.value[name]}
    onToggle=${(/** @type {string} */ value) => toggle(name, value)} onClear=${() => navigate(following(name, []))} />`;
}

function Search() {
  const onInput = (/** @type {Event} */ event) => {
    navigate({ q: /** @type {HTMLInputElement} */ (event.target).value.slice(0, 200) }, { replace: true });
  };
  return html`<label class="search">
    <span class="unseen">Search</span>
    <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="7" cy="7" r="4.500" /><path d="M10.500 10.500L14 14" /></svg>
    <input id="search" class="field" type="search" placeholder="Search" maxlength="200" autocomplete="off" spellcheck=${false} value=${filters.value.q} onInput=${onInput} />
    <kbd aria-hidden="true">/</kbd>
  </label>`;
}

/** Outcomes in evaluation: each a switch with its count. */
function Outcomes() {
  const counts = selection.value;
  if (counts === null) return null;
  const tones = ["right", "wrong", "wrong", "right"];
  return html`<div class="outcomes" role="group" aria-label="Correctness">
    ${outcomeOptions(counts).map(
      (option, at) => html`<button type="button" key=${option.value} class="button" aria-pressed=${filters.value.outcome.includes(option.value)} onClick=${() => toggle("outcome", option.value)}>
        <span class=${`mark ${tones[at]}`}>${option.name}</span><span class="count">${formatCount(option.count)}</span>
      </button>`,
    )}
  </div>`;
}

const TITLES = {
  organization: "Organization", camera: "Camera", decision: "Verdict", match: "Match", reason: "Drop reason",
  release: "Release", label: "Ground truth", outcome: "Correctness", from: "From", to: "To", q: "Search",
};

function Chips() {
  const held = rows.value;
  const state = filters.value;
  if (held === null || filterCount(state) === 0) return null;
  const chip = (/** @type {keyof typeof TITLES} */ name, /** @type {string} */ value, /** @type {() => void} */ remove) => {
    const text = shownName(valueWords(held, name, value), 40);
    return html`<li key=${`${name}=${value}`}>
      <button type="button" class="chip" aria-label=${`Remove filter ${TITLES[name]}: ${text}`} onClick=${remove}>
        <span class="muted">${TITLES[name]}</span> <span class="cut">${text}</span>
        <svg viewBox="0 0 8 8" aria-hidden="true"><path d="M1 1l6 6M7 1L1 7" /></svg>
      </button>
    </li>`;
  };
  return html`<div class="chips">
    <ul aria-label="Active filters">
      ${LISTS.flatMap((name) => state[name].map((value) => chip(name, value, () => toggle(name, value))))}
      ${TEXTS.filter((name) => state[name] !== "").map((name) => chip(name, state[name], () => navigate({ [name]: "" })))}
    </ul>
    <button type="button" class="button quiet" onClick=${() => navigate(cleared())}>Clear all</button>
  </div>`;
}

/** How many rows there are, what chose them, and the way to take them along: always one line at least, so that
 * nothing below it jumps when a filter is set. */
function Status() {
  const shown = selection.value?.rows.length ?? 0;
  const all = rows.value?.count ?? 0;
  const href = `/api/export.csv${apiQuery(route.value, threshold.value)}`;
  const labelled = evaluating.value && route.value.label.length === 0 ? " labelled" : "";
  return html`<div class="status">
    <div class="told">
      <p class="tally" role="status"><strong>${formatCount(shown)}</strong> <span class="muted">${shown === all ? "sequences" : `${labelled} of ${formatCount(all)} sequences`}</span></p>
      ${evaluating.value && html`<${Outcomes} />`}
      <${Chips} />
    </div>
    <a class="button quiet csv" href=${href} download title="These rows in this order, scores in full precision">
      <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 2.500v7.500M5 7.500l3 3 3-3M3 13.500h10" /></svg>CSV
    </a>
  </div>`;
}

/** @param {{ name: "filters" | "summary", text: string, count?: number }} props */
function SheetButton({ name, text, count = 0 }) {
  const onClick = () => {
    sheet.value = sheet.peek() === name ? "" : name;
  };
  return html`<button type="button" class=${`button to-${name}`} aria-expanded=${sheet.value === name} onClick=${onClick}>
    ${text}${count > 0 && html`<span class="filter-count">${count}<span class="unseen"> set</span></span>`}
  </button>`;
}

export function Filters() {
  const held = rows.value;
  const state = filters.value;
  if (held === null) return null;
  return html`<div class="filters">
    <div class="choosing">
      <${Search} />
      <${SheetButton} name="filters" text="Filters" count=${filterCount(state)} />
      <${SheetButton} name="summary" text="Summary" />
      <div class=${classes("pickers", sheet.value === "filters" && "open")} role="group" aria-label="Filters">
        <${Filter} name="organization" title="Organization" options=${(/** @type {Counts} */ counts) => organizationOptions(held, counts)} />
        <${Filter} name="camera" title="Camera" options=${(/** @type {Counts} */ counts) => cameraOptions(held, counts, state)} />
        <${Filter} name="decision" title=${evaluating.value ? "Production" : "Verdict"} options=${decisionOptions} />
        <${Filter} name="match" title="Match" options=${matchOptions} />
        ${held.dropReasons.length > 0 && html`<${Filter} name="reason" title="Drop reason" options=${(/** @type {Counts} */ counts) => reasonOptions(held, counts)} />`}
        <${Filter} name="release" title="Release" options=${(/** @type {Counts} */ counts) => releaseOptions(held, counts)} />
        <${Filter} name="label" title="Ground truth" options=${labelOptions} />
        <${DayRange} from=${state.from} to=${state.to} onChange=${(/** @type {import("./route.js").Changes} */ days) => navigate(days)} />
      </div>
    </div>
    <${Status} />
  </div>`;
}
