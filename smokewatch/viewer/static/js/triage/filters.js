/** What stands above the backlog's table: search, filters with counts, what is chosen, how many, and the exports. */
import { formatCount, formatThreshold, shownName } from "../format.js";
import { classes, html } from "../html.js";
import { sheet } from "../page.js";
import { DayRange, Picker } from "../picker.js";
import { toggled } from "../route.js";
import { split } from "./deciding.js";
import { apiQuery, BUCKETS, cleared, filterCount, LISTS, SWITCHES, TEXTS, WIDTHS } from "./route.js";
import { countOptions, navigate, route, rows, scores, selection, threshold } from "./state.js";
import { BUCKET_WORDS } from "./words.js";

/** @typedef {import("../picker.js").Option} Option */
/** @typedef {import("./route.js").Changes} Changes */
/** @typedef {import("./rows.js").Rows} Rows */
/** @typedef {typeof LISTS[number]} List */

const COLLATOR = new Intl.Collator("en", { numeric: true });
/** @param {Option} a
 * @param {Option} b
 * @returns {number} */
const byName = (a, b) => COLLATOR.compare(a.name, b.name) || COLLATOR.compare(a.value, b.value);

/** The changes that follow a list: a camera outside the chosen organizations would hide everything.
 * @param {List} name
 * @param {string[]} values
 * @returns {Changes} */
function following(name, values) {
  if (name !== "organization" || values.length === 0) return { [name]: values };
  const kept = route.peek().camera.filter((camera) => values.includes(camera.slice(0, camera.lastIndexOf(":"))));
  return { organization: values, camera: kept };
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
    onToggle=${(/** @type {string} */ value) => navigate(following(name, toggled(route.peek()[name], value)))} onClear=${() => navigate(following(name, []))} />`;
}

function Search() {
  const onInput = (/** @type {Event} */ event) => navigate({ q: /** @type {HTMLInputElement} */ (event.target).value.slice(0, 200) }, { replace: true });
  return html`<label class="search">
    <span class="unseen">Search</span>
    <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="7" cy="7" r="4.500" /><path d="M10.500 10.500L14 14" /></svg>
    <input id="search" class="field" type="search" placeholder="Search" maxlength="200" autocomplete="off" spellcheck=${false} value=${route.value.q} onInput=${onInput} />
    <kbd aria-hidden="true">/</kbd>
  </label>`;
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

function Chips() {
  const held = rows.value;
  const state = route.value;
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
  const switched = {
    disagree: "disagree", near: `±${formatThreshold(state.width)}`, moved: `against ${formatThreshold(state.against ?? 0)}`,
  };
  return html`<div class="chips">
    <ul aria-label="Active filters">
      ${LISTS.flatMap((name) => state[name].map((value) => chip(name, value, () => navigate(following(name, toggled(state[name], value))))))}
      ${TEXTS.filter((name) => state[name] !== "").map((name) => chip(name, state[name], () => navigate({ [name]: "" })))}
      ${SWITCHES.filter((name) => state[name]).map((name) => chip(name, switched[name], () => navigate({ [name]: false })))}
    </ul>
    <button type="button" class="button quiet" onClick=${() => navigate(cleared())}>Clear all</button>
  </div>`;
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
      <${Chips} />
    </div>
    <div class="downloads" role="group" aria-label="Take along">
      <${Download} href=${`/api/triage/export.csv${query}`} text="CSV" count=${shown} title="These rows in this order, scores in full precision" />
      <${Download} href=${`/api/triage/review.json${query}`} text="Review list" count=${review} title="Of these rows, what people look at, in their order: models that disagree first, then highest scores" />
      <${Download} href=${`/api/triage/unlabeled.json${query}`} text="Unlabel list" count=${unlabeled} title="Of these rows, what can leave the queue, with the annotator's request that a person may send; nothing is sent from here" />
    </div>
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
      <${Search} />
      <${SheetButton} name="filters" text="Filters" count=${filterCount(state)} />
      <${SheetButton} name="summary" text="Threshold" />
      <div class=${classes("pickers", sheet.value === "filters" && "open")} role="group" aria-label="Filters">
        <${Filter} name="bucket" title="Bucket" options=${bucketOptions} />
        <${Filter} name="organization" title="Organization" options=${() => organizationOptions(held)} />
        <${Filter} name="camera" title="Camera" options=${() => cameraOptions(held)} />
        <${DayRange} from=${state.from} to=${state.to} onChange=${(/** @type {Changes} */ days) => navigate(days)} />
      </div>
      <${Short} />
    </div>
    <${Status} />
  </div>`;
}
