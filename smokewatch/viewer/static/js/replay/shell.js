/** The replay screen. */
import { card, CARD_SORTS, EVALUATION, MONITOR } from "./columns.js";
import { Filters } from "./filters.js";
import { Frame } from "../frame.js";
import { Grid } from "../grid.js";
import { Help } from "../help.js";
import { computed, html, useMemo } from "../html.js";
import { refresh } from "./live.js";
import { Modes } from "./modes.js";
import { Rail } from "./rail.js";
import { changed, cleared, formatRoute } from "./route.js";
import { evaluating, navigate, opened, problem, route, rows, selection, sorting, threshold, walk } from "./state.js";
import { EmptyFilter, EmptyStore, Failure, Guarded, Loading } from "../states.js";
import { keyAt, rowOf } from "./store.js";

const NONE = new Int32Array(0);
const load = () => import("../detail/pane.js").then(({ DetailPane }) => DetailPane);

/** @param {{ Pane: any }} props */
function Detail({ Pane }) {
  const { sequence, tab, window, frame } = route.value;
  return html`<${Pane} sequence=${sequence} tab=${tab} window=${window} frame=${frame} steps=${walk.steps.value} asOf=${rows.value?.asOf ?? null} navigate=${navigate} />`;
}

function Table() {
  const held = rows.value;
  const inEvaluation = evaluating.value;
  const at = inEvaluation ? threshold.value : 0;
  const context = useMemo(() => ({ evaluating: inEvaluation, threshold: at }), [inEvaluation, at]);
  if (held === null) return null;
  return html`<${Grid} rows=${held} shown=${selection.value?.rows ?? NONE} columns=${inEvaluation ? EVALUATION : MONITOR} card=${card} cardSorts=${CARD_SORTS}
    context=${context} sort=${sorting.value} onSort=${(/** @type {string} */ sort) => navigate({ sort })} selected=${rowOf(held, opened.value)} keyAt=${keyAt}
    addressOf=${(/** @type {string} */ key) => location.pathname + formatRoute(changed(route.peek(), { sequence: key }))} walk=${walk} />`;
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
