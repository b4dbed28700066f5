/** What stands above the history: search, filters, what is chosen, how much was read. */
import { Chips, Search } from "../filterbar.js";
import { plural, words, WORDS } from "../format.js";
import { html } from "../html.js";
import { DayRange, Picker } from "../picker.js";
import { toggled } from "../queries.js";
import { cleared, LISTS, STATUSES, TEXTS } from "./route.js";
import { navigate, offered, readMore, reading, route, rows } from "./state.js";

/** @typedef {typeof LISTS[number]} List */
/** @typedef {import("../filterbar.js").Chip} Chip */
/** @typedef {import("../picker.js").Option} Option */

/** @type {Record<List | typeof TEXTS[number], string>} */
const TITLES = { status: "Status", organization: "Organization", camera: "Camera", release: "Release", frames: "Frames", kind: "Run", from: "From", to: "To", q: "Search" };

/** What the lines that were read name, beside what is chosen.
 * @param {List} name
 * @returns {Map<string, string>} value -> name */
function seen(name) {
  /** @type {Map<string, string>} */
  const found = new Map(route.value[name].map((value) => [value, name === "kind" ? words(value) : value]));
  for (const row of rows.value?.items ?? []) {
    const { source, organization, camera, api_version: version, kind } = row;
    if (name === "organization" && organization !== null) found.set(`${source}:${organization.id}`, organization.name);
    if (name === "camera" && organization !== null && camera !== null) found.set(`${source}:${organization.id}:${camera.id}`, camera.name);
    if (name === "release" && version !== null) found.set(version, version);
    if (name === "kind") found.set(kind, words(kind));
  }
  return found;
}

/** @param {List} name
 * @returns {Option[]} */
function options(name) {
  if (name === "status") return STATUSES.map((value) => ({ value, name: WORDS.match[value] ?? value, count: NaN, kind: value }));
  if (name === "frames") return (offered.value?.lengths ?? route.value.frames).map((value) => ({ value, name: value, count: NaN }));
  const found = seen(name);
  if (name === "organization" || name === "release") for (const row of offered.value?.[name] ?? []) found.set(row.value, row.name);
  const several = new Set([...found.keys()].map((value) => value.slice(0, value.indexOf(":")))).size > 1;
  const note = (/** @type {string} */ value) => (several && name === "organization" ? { note: value.slice(0, value.lastIndexOf(":")) } : {});
  return [...found].map(([value, text]) => ({ value, name: text, count: NaN, ...note(value) })).sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

/** A chosen value in words.
 * @param {List | typeof TEXTS[number]} name
 * @param {string} value
 * @returns {string} */
function valueWords(name, value) {
  if (name === "status") return WORDS.match[value] ?? value;
  if (name === "kind") return words(value);
  if (name === "frames") return `${value} frames`;
  if (name === "from" || name === "to" || name === "q") return value;
  return options(name).find((each) => each.value === value)?.name ?? value;
}

/** @returns {Chip[]} */
function chips() {
  const state = route.value;
  const chip = (/** @type {List | typeof TEXTS[number]} */ name, /** @type {string} */ value, /** @type {import("./route.js").Changes} */ without) =>
    ({ title: TITLES[name], value, text: valueWords(name, value), remove: () => navigate(without) });
  return [
    ...LISTS.flatMap((name) => state[name].map((value) => chip(name, value, { [name]: toggled(state[name], value) }))),
    ...TEXTS.filter((name) => state[name] !== "").map((name) => chip(name, state[name], { [name]: "" })),
  ];
}

export function Filters() {
  const held = rows.value;
  return html`<div class="filters history-bar">
    <div class="choosing">
      <${Search} text=${route.value.q} navigate=${navigate} />
      <div class="pickers open" role="group" aria-label="Filters">
        ${LISTS.map((name) => html`<${Picker} key=${name} title=${TITLES[name]} options=${() => options(name)} chosen=${route.value[name]}
          onToggle=${(/** @type {string} */ value) => navigate({ [name]: toggled(route.peek()[name], value) })} onClear=${() => navigate({ [name]: [] })} />`)}
        <${DayRange} from=${route.value.from} to=${route.value.to} onChange=${navigate} />
      </div>
    </div>
    <div class="status"><div class="told">
      <p class="tally" role="status"><strong>${plural(held?.count ?? 0, "line")}</strong> <span class="muted">${held?.cursor === null ? "that is all" : reading.value ? "reading more…" : "read, older ones follow"}</span></p>
      ${held !== null && held.cursor !== null && html`<button type="button" class="button quiet" disabled=${reading.value} onClick=${readMore}>Read more</button>`}
      <${Chips} chips=${chips()} clear=${() => navigate(cleared())} />
    </div></div>
  </div>`;
}
