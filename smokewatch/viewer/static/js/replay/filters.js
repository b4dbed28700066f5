/** What stands above the table: search, filters with counts, what is chosen, how many rows there are, the export. */
import { Chips, Search, SheetButton } from "../filterbar.js";
import { formatCount } from "../format.js";
import { classes, html } from "../html.js";
import {
  cameraOptions, decisionOptions, labelOptions, matchOptions, organizationOptions, outcomeOptions, reasonOptions,
  releaseOptions, valueWords,
} from "./options.js";
import { DayRange, Picker } from "../picker.js";
import { following, toggled } from "../queries.js";
import { apiQuery, cleared, filterCount, LISTS, TEXTS } from "./route.js";
import { evaluating, filters, navigate, route, rows, selection, sheet, threshold } from "./state.js";

/** @typedef {typeof LISTS[number]} List */
/** @typedef {import("../filterbar.js").Chip} Chip */
/** @typedef {import("./filtering.js").Selection} Counts */

/** @param {List} name
 * @param {string[]} values */
function choose(name, values) {
  navigate(following(route.peek().camera, name, values));
}

/** @param {List} name
 * @param {string} value */
export function toggle(name, value) {
  choose(name, toggled(route.peek()[name], value));
}

/** @param {{ name: List, title: string, options: (counts: Counts) => import("../picker.js").Option[] }} props */
function Filter({ name, title, options }) {
  const known = () => (selection.value === null ? [] : options(selection.value));
  return html`<${Picker} title=${title} options=${known} chosen=${filters.value[name]}
    onToggle=${(/** @type {string} */ value) => toggle(name, value)} onClear=${() => choose(name, [])} />`;
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

/** @returns {Chip[]} */
function chips() {
  const held = rows.value;
  const state = filters.value;
  if (held === null) return [];
  const chip = (/** @type {keyof typeof TITLES} */ name, /** @type {string} */ value, /** @type {() => void} */ remove) =>
    ({ title: TITLES[name], value, text: valueWords(held, name, value), remove });
  return [
    ...LISTS.flatMap((name) => state[name].map((value) => chip(name, value, () => toggle(name, value)))),
    ...TEXTS.filter((name) => state[name] !== "").map((name) => chip(name, state[name], () => navigate({ [name]: "" }))),
  ];
}

function Chosen() {
  return html`<${Chips} chips=${chips()} clear=${() => navigate(cleared())} />`;
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
      <${Chosen} />
    </div>
    <a class="button quiet csv" href=${href} download title="These rows in this order, scores in full precision">
      <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 2.500v7.500M5 7.500l3 3 3-3M3 13.500h10" /></svg>CSV
    </a>
  </div>`;
}

export function Filters() {
  const held = rows.value;
  const state = filters.value;
  if (held === null) return null;
  return html`<div class="filters">
    <div class="choosing">
      <${Search} text=${state.q} navigate=${navigate} />
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
        <${DayRange} from=${state.from} to=${state.to} onChange=${navigate} />
      </div>
    </div>
    <${Status} />
  </div>`;
}
