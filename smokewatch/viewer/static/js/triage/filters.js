/** What stands above the backlog's table: search, filters with counts, what is chosen, how many, and the exports. */
import { Chips, Search, SheetButton } from "../filterbar.js";
import { formatCount, formatThreshold } from "../format.js";
import { classes, html } from "../html.js";
import { sheet } from "../page.js";
import { DayRange, Picker } from "../picker.js";
import { following, toggled } from "../queries.js";
import { split } from "./deciding.js";
import { apiQuery, BUCKETS, cleared, filterCount, LISTS, SWITCHES, TEXTS, WIDTHS } from "./route.js";
import { countOptions, navigate, route, rows, scores, selection, threshold } from "./state.js";
import { BUCKET_WORDS } from "./words.js";

/** @typedef {import("../filterbar.js").Chip} Chip */
/** @typedef {import("../picker.js").Option} Option */
/** @typedef {import("./route.js").Changes} Changes */
/** @typedef {import("./rows.js").Rows} Rows */
/** @typedef {typeof LISTS[number]} List */

const COLLATOR = new Intl.Collator("en", { numeric: true });
/** @param {Option} a
 * @param {Option} b
 * @returns {number} */
const byName = (a, b) => COLLATOR.compare(a.name, b.name) || COLLATOR.compare(a.value, b.value);

/** @param {List} name
 * @param {string[]} values */
function choose(name, values) {
  navigate(following(route.peek().camera, name, values));
}

/** @param {Rows} held
 * @returns {Option[]} */
function organizationOptions(held) {
  const several = new Set(held.organizations.map(({ sourceApi }) => sourceApi)).size > 1;
  const counts = countOptions()?.organization;
  return held.organizations.map(({ key, name, sourceApi }, at) => ({ value: key, name, count: counts?.[at] ?? 0, ...(several && { note: sourceApi }) })).sort(byName);
}

/** Cameras of the chosen organizations; where several are open each says whose it is.
 * @param {Rows} held
 * @returns {Option[]} */
function cameraOptions(held) {
  const chosen = route.peek().organization;
  const counts = countOptions()?.camera;
  return held.cameras
    .map(({ key, name, organization }, at) => ({ value: key, name, count: counts?.[at] ?? 0, organization, ...(chosen.length !== 1 && { note: held.organizations[organization].name }) }))
    .filter(({ organization }) => chosen.length === 0 || chosen.includes(held.organizations[organization].key))
    .sort(byName);
}

/** @returns {Option[]} */
const bucketOptions = () => BUCKETS.map((value, at) => ({ value, name: BUCKET_WORDS[value], kind: value, count: selection.peek()?.bucket[at] ?? 0 }));

/** @param {{ name: List, title: string, options: () => Option[] }} props */
function Filter({ name, title, options }) {
  return html`<${Picker} title=${title} options=${options} chosen=${route.value[name]}
    onToggle=${(/** @type {string} */ value) => choose(name, toggled(route.peek()[name], value))} onClear=${() => choose(name, [])} />`;
}

/** What goes by the threshold: switches, each with its count. */
function Switches() {
  const held = rows.value;
  const counts = selection.value;
  if (held === null || counts === null) return null;
  const { near, disagree, width } = route.value;
  const onWidth = (/** @type {Event} */ event) => navigate({ near: true, width: Number(/** @type {HTMLSelectElement} */ (event.target).value) });
  const widths = WIDTHS.includes(width) ? WIDTHS : [...WIDTHS, width].sort();
  return html`<div class="outcomes" role="group" aria-label="At the threshold">
    ${held.models.length > 1 &&
    html`<button type="button" class="button" aria-pressed=${disagree} onClick=${() => navigate({ disagree: !disagree })}>
      <span class="mark disagree">models disagree</span><span class="count">${formatCount(counts.disagree)}</span>
    </button>`}
    <span class=${classes("near", near && "on")}>
      <button type="button" class="button" aria-pressed=${near} onClick=${() => navigate({ near: !near })}><span class="mark near-mark">near the threshold</span><span class="count">${formatCount(counts.near)}</span></button>
      <select class="field" aria-label="How near" value=${String(width)} onChange=${onWidth}>${widths.map((each) => html`<option key=${each} value=${String(each)}>±${formatThreshold(each)}</option>`)}</select>
    </span>
  </div>`;
}

const TITLES = {
  organization: "Organization", camera: "Camera", alert: "Alert", bucket: "Bucket", from: "From", to: "To", q: "Search",
  disagree: "Models", near: "Near", moved: "Changes side",
};

/** @param {Rows} held
 * @param {keyof typeof TITLES} name
 * @param {string} value
 * @returns {string} */
function valueWords(held, name, value) {
  if (name === "organization") return held.organizations.find(({ key }) => key === value)?.name ?? value;
  if (name === "camera") return held.cameras.find(({ key }) => key === value)?.name ?? value;
  if (name === "bucket") return BUCKET_WORDS[value] ?? value;
  return name === "alert" ? value.slice(value.lastIndexOf(":") + 1) : value;
}

/** @returns {Chip[]} */
function chips() {
  const held = rows.value;
  const state = route.value;
  if (held === null) return [];
  const chip = (/** @type {keyof typeof TITLES} */ name, /** @type {string} */ value, /** @type {() => void} */ remove) =>
    ({ title: TITLES[name], value, text: valueWords(held, name, value), remove });
  const switched = {
    disagree: "disagree", near: `±${formatThreshold(state.width)}`, moved: `against ${formatThreshold(state.against ?? 0)}`,
  };
  return [
    ...LISTS.flatMap((name) => state[name].map((value) => chip(name, value, () => choose(name, toggled(state[name], value))))),
    ...TEXTS.filter((name) => state[name] !== "").map((name) => chip(name, state[name], () => navigate({ [name]: "" }))),
    ...SWITCHES.filter((name) => state[name]).map((name) => chip(name, switched[name], () => navigate({ [name]: false }))),
  ];
}

/** @param {{ href: string, text: string, count: number, title: string }} props */
function Download({ href, text, count, title }) {
  const inside = html`<svg class="glyph" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 2.500v7.500M5 7.500l3 3 3-3M3 13.500h10" /></svg>${text} <span class="count">${formatCount(count)}</span>`;
  if (count === 0) return html`<span class="button quiet csv off" aria-disabled="true">${inside}</span>`;
  return html`<a class="button quiet csv" href=${href} download title=${title}>${inside}</a>`;
}

/** How many of the shown rows are on either side.
 * @returns {[number, number]} to review, to unlabel */
function sides() {
  const counts = selection.value;
  const [only] = route.value.bucket;
  if (counts === null) return [0, 0];
  if (route.value.bucket.length === 1) return only === "review" ? [counts.rows.length, 0] : [0, counts.rows.length];
  return counts.bucket;
}

function Status() {
  const shown = selection.value?.rows.length ?? 0;
  const all = rows.value?.count ?? 0;
  const query = apiQuery(route.value, threshold.value);
  const [review, unlabeled] = sides();
  return html`<div class="status">
    <div class="told">
      <p class="tally" role="status"><strong>${formatCount(shown)}</strong> <span class="muted">${shown === all ? "sequences" : ` of ${formatCount(all)} sequences`}</span></p>
      <${Switches} />
      <${Chips} chips=${chips()} clear=${() => navigate(cleared())} />
    </div>
    <div class="downloads" role="group" aria-label="Take along">
      <${Download} href=${`/api/triage/export.csv${query}`} text="CSV" count=${shown} title="These rows in this order, scores in full precision" />
      <${Download} href=${`/api/triage/review.json${query}`} text="Review list" count=${review} title="Of these rows, what people look at, in their order: models that disagree first, then highest scores" />
      <${Download} href=${`/api/triage/unlabeled.json${query}`} text="Unlabel list" count=${unlabeled} title="Of these rows, what can leave the queue, with the annotator's request that a person may send; nothing is sent from here" />
    </div>
  </div>`;
}

/** On a narrow screen the summary is a tap away: its two numbers are not. */
function Short() {
  const { review, unlabeled } = split(scores.value, threshold.value);
  return html`<p class="short"><span class="mark review">${formatCount(review)}</span> <span class="mark unlabeled">${formatCount(unlabeled)}</span> <span class="muted">at ${formatThreshold(threshold.value)}</span></p>`;
}

export function Filters() {
  const held = rows.value;
  const state = route.value;
  if (held === null) return null;
  return html`<div class="filters">
    <div class="choosing">
      <${Search} text=${state.q} navigate=${navigate} />
      <${SheetButton} name="filters" text="Filters" count=${filterCount(state)} />
      <${SheetButton} name="summary" text="Threshold" />
      <div class=${classes("pickers", sheet.value === "filters" && "open")} role="group" aria-label="Filters">
        <${Filter} name="bucket" title="Bucket" options=${bucketOptions} />
        <${Filter} name="organization" title="Organization" options=${() => organizationOptions(held)} />
        <${Filter} name="camera" title="Camera" options=${() => cameraOptions(held)} />
        <${DayRange} from=${state.from} to=${state.to} onChange=${navigate} />
      </div>
      <${Short} />
    </div>
    <${Status} />
  </div>`;
}
