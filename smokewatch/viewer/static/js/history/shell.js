/** The history: every verdict that a replay reached, newest first. */
import { Frame } from "../frame.js";
import { Grid } from "../grid.js";
import { Help } from "../help.js";
import { classes, html } from "../html.js";
import { problem } from "../page.js";
import { EmptyStore, Failure, Guarded, Loading } from "../states.js";
import { card, COLUMNS } from "./columns.js";
import { Filters } from "./filters.js";
import { keyAt, rowOf } from "./pages.js";
import { changed, cleared, filterCount, formatRoute } from "./route.js";
import { navigate, navigateDetail, readMore, refresh, route, rows, shown, waiting, walk } from "./state.js";

const load = () => import("../detail/pane.js").then(({ DetailPane }) => DetailPane);
const NO_CONTEXT = {};

/** @param {{ Pane: any }} props */
function Detail({ Pane }) {
  const { sequence, tab, window, frame } = route.value;
  return html`<${Pane} sequence=${sequence} tab=${tab} window=${window} frame=${frame} steps=${walk.steps.value} asOf=${rows.value?.asOf ?? null} navigate=${navigateDetail} />`;
}

/** A line's own address, with its sequence open.
 * @param {string} id */
function addressOf(id) {
  const sequence = rows.peek()?.items.find((row) => String(row.id) === id)?.key ?? null;
  return location.pathname + formatRoute(changed(route.peek(), { row: id, sequence }));
}

function Table() {
  const held = rows.value;
  if (held === null) return null;
  return html`<${Grid} rows=${held} shown=${shown.value} columns=${COLUMNS} card=${card} cardSorts=${[]} context=${NO_CONTEXT} sort="" onSort=${null}
    selected=${rowOf(held, route.value.row)} keyAt=${keyAt} addressOf=${addressOf} walk=${walk} label="History" onEnd=${held.cursor === null ? null : readMore} />`;
}

function Nothing() {
  return html`<div class="notice" role="status">
    <h2>No verdict passes these filters</h2>
    <p class="muted">Take one away above, or begin again.</p>
    <button type="button" class="button primary" onClick=${() => navigate(cleared())}>Clear all filters</button>
  </div>`;
}

function List() {
  const held = rows.value;
  if (held === null) return problem.value === null ? html`<${Loading} />` : html`<${Failure} again=${refresh} />`;
  const filtered = filterCount(route.value) > 0;
  if (held.count === 0 && !filtered) return html`<${EmptyStore} />`;
  return html`<${Filters} /><div class=${classes("history-place", waiting.value && "waiting")} aria-busy=${waiting.value}>
    ${held.count === 0 ? html`<${Nothing} />` : html`<${Guarded} name="The table"><${Table} /><//>`}
  </div>`;
}

export function App() {
  return html`<${Frame} name="History" label="History" held=${rows.value} full=${false} opened=${route.value.sequence} refresh=${refresh}
    rail=${null} list=${html`<${List} />`} load=${load} detail=${(/** @type {any} */ Pane) => html`<${Detail} Pane=${Pane} />`}
    help=${html`<${Help} own=${["History", [[["End"], "the last line that was read; more follow"]]]} />`} />`;
}
