/** The replay screen. */
import { Filters } from "./filters.js";
import { Frame } from "./frame.js";
import { Help } from "./help.js";
import { computed, html } from "./html.js";
import { refresh } from "./live.js";
import { Modes } from "./modes.js";
import { shownKeys } from "./picking.js";
import { Rail } from "./rail.js";
import { cleared } from "./route.js";
import { navigate, opened, problem, route, rows, selection } from "./state.js";
import { EmptyFilter, EmptyStore, Failure, Guarded, Loading } from "./states.js";
import { Table } from "./table.js";

const load = () => import("./detail/pane.js").then(({ DetailPane }) => DetailPane);

/** @param {{ Pane: any }} props */
function Detail({ Pane }) {
  const { sequence, tab, window, frame } = route.value;
  return html`<${Pane} sequence=${sequence} tab=${tab} window=${window} frame=${frame} rows=${shownKeys.value} navigate=${navigate} />`;
}

const none = computed(() => selection.value?.rows.length === 0);

function List() {
  if (rows.value === null) return problem.value === null ? html`<${Loading} />` : html`<${Failure} again=${refresh} />`;
  if (rows.value.count === 0) return html`<${EmptyStore} />`;
  return html`<${Filters} />${none.value
    ? html`<${EmptyFilter} clear=${() => navigate(cleared())} />`
    : html`<${Guarded} name="The table"><${Table} /><//>`}`;
}

/** @type {[string, [string[], string][]]} */
const KEYS = ["Evaluation", [[["[", "]"], "threshold down, up by 0.01"]]];
/** @type {[string[], string][]} */
const PAGE_KEYS = [[["m"], "monitor or evaluation"]];

export function App() {
  return html`<${Frame} held=${rows.value} full=${rows.value !== null && rows.value.count > 0} opened=${opened.value} refresh=${refresh}
    modes=${html`<${Modes} />`} rail=${html`<${Rail} />`} list=${html`<${List} />`}
    load=${load} detail=${(/** @type {any} */ Pane) => html`<${Detail} Pane=${Pane} />`} help=${html`<${Help} own=${KEYS} page=${PAGE_KEYS} />`} />`;
}
