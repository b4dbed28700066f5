/** The runs, newest first. */
import { Chips } from "../filterbar.js";
import { formatSeconds, plural, words } from "../format.js";
import { html, signal } from "../html.js";
import { spanWords } from "../overview/words.js";
import { Picker } from "../picker.js";
import { lineKeys, moveLine } from "../places.js";
import { toggled } from "../queries.js";
import { LISTS } from "./route.js";
import { navigate, readMore, reading, route, runs } from "./state.js";
import { countWords, toneOf } from "./words.js";

const TITLES = { kind: "Kind", state: "State" };
/** Read on when no more lines follow. */
const FEW = 4;
/** The id of the run that the keyboard is on; new ones come above it. */
const active = signal("");

/** Move the keyboard's line.
 * @param {number} by */
export function move(by) {
  if (moveLine(".run-row .row", by) < FEW) readMore();
}

const onKeyDown = lineKeys(move);

/** @returns {import("../filterbar.js").Chip[]} */
function chips() {
  const state = route.value;
  return LISTS.flatMap((name) =>
    state[name].map((value) => ({ title: TITLES[name], value, text: words(value), remove: () => navigate({ [name]: toggled(state[name], value) }) })),
  );
}

export function Filters() {
  const list = runs.value;
  const options = (/** @type {typeof LISTS[number]} */ name) => [...new Set([...(name === "kind" ? (list?.kinds ?? []) : (list?.states ?? [])), ...route.value[name]])]
    .map((value) => ({ value, name: words(value), count: NaN, ...(name === "state" && { kind: toneOf(value) }) }));
  return html`<div class="filters runs-bar"><div class="choosing">
    <div class="pickers open" role="group" aria-label="Filters">
      ${LISTS.map((name) => html`<${Picker} key=${name} title=${TITLES[name]} options=${() => options(name)} chosen=${route.value[name]}
        onToggle=${(/** @type {string} */ value) => navigate({ [name]: toggled(route.peek()[name], value) })} onClear=${() => navigate({ [name]: [] })} />`)}
    </div>
    <${Chips} chips=${chips()} clear=${() => navigate({ kind: [], state: [] })} />
    <p class="muted tally" role="status">${plural(list?.rows.length ?? 0, "run")}${list?.cursor ? ", older ones follow" : ""}</p>
  </div></div>`;
}

export function List() {
  const list = runs.value;
  if (list === null) return null;
  const at = (list.rows.find(({ id }) => id === active.value) ?? list.rows[0])?.id;
  return html`<table class="runs-table" onKeyDown=${onKeyDown}>
    <caption class="unseen">Runs, newest first</caption>
    <thead><tr><th scope="col">Started, UTC</th><th scope="col">Run</th><th scope="col">State</th><th scope="col" class="number">Took</th><th scope="col">What it did</th><th scope="col">Where</th></tr></thead>
    <tbody>${list.rows.map((run) => html`<tr key=${run.id} class="run-row" data-run=${run.id}>
      <td><time datetime=${run.started_at}>${formatSeconds(run.started_at)}</time></td>
      <th scope="row"><a class="row" href=${`/runs/${encodeURIComponent(run.id)}`} tabindex=${run.id === at ? 0 : -1} onFocus=${() => { active.value = run.id; }}>${words(run.kind)} <span class="muted mono">${run.id.slice(0, 8)}</span></a></th>
      <td><span class=${`mark ${toneOf(run.state)}`}>${words(run.state)}</span></td>
      <td class="number">${spanWords(run.seconds)}</td>
      <td class="did"><span class="cut">${countWords(run.counts)}</span></td>
      <td class="muted">${run.host ?? ""}</td>
    </tr>`)}</tbody>
  </table>
  ${list.cursor !== null && html`<p class="more-line"><button type="button" class="button" disabled=${reading.value} onClick=${readMore}>${reading.value ? "Reading…" : "Show more"}</button></p>`}`;
}
