/** The triage screen. */
import { Frame } from "../frame.js";
import { Grid } from "../grid.js";
import { Help } from "../help.js";
import { computed, html, useMemo } from "../html.js";
import { problem } from "../page.js";
import { EmptyFilter, Failure, Guarded, Loading } from "../states.js";
import { card, CARD_SORTS, columnsOf } from "./columns.js";
import { Filters } from "./filters.js";
import { Rail } from "./rail.js";
import { changed, cleared, formatRoute } from "./route.js";
import { keyAt, rowOf } from "./rows.js";
import { against, navigate, opened, refresh, route, rows, shown, sorting, threshold, walk } from "./state.js";

const NONE = new Int32Array(0);
const load = () => import("./pane.js").then(({ TriagePane }) => TriagePane);

/** @param {{ Pane: any }} props */
function Detail({ Pane }) {
  const { sequence, tab, model, frame } = route.value;
  return html`<${Pane} sequence=${sequence} tab=${tab} model=${model} frame=${frame} steps=${walk.steps.value} asOf=${rows.value?.asOf ?? null} navigate=${navigate} />`;
}

function Table() {
  const held = rows.value;
  const at = threshold.value;
  const other = against.value;
  const context = useMemo(() => ({ threshold: at, against: other }), [at, other]);
  const columns = useMemo(() => columnsOf(held?.models.length ?? 0), [held?.models.length]);
  if (held === null) return null;
  return html`<${Grid} rows=${held} shown=${shown.value ?? NONE} columns=${columns} card=${card} cardSorts=${CARD_SORTS}
    context=${context} sort=${sorting.value} onSort=${(/** @type {string} */ sort) => navigate({ sort })} selected=${rowOf(held, opened.value)} keyAt=${keyAt}
    addressOf=${(/** @type {string} */ key) => location.pathname + formatRoute(changed(route.peek(), { sequence: key }))} walk=${walk} />`;
}

/** Nothing was triaged, or nothing of it waits: the commands to run. */
function Empty() {
  const held = rows.value;
  if (held === null) return null;
  const waits = held.unscored + held.drops.length;
  return html`<div class="notice" role="status">
    <h2>${held.triaged ? "Nothing of the queue is scored" : "No triage yet"}</h2>
    <p class="muted">${held.triaged
      ? waits > 0
        ? "What waits could not be scored, or was pulled since. Score it:"
        : "Nothing of what was pulled waits for an annotator. Pull the queue again, then score it:"
      : "Pull the annotator's queue, read-only, then let a model score it. Results appear here by themselves."}</p>
    <pre><code>smokewatch pull
smokewatch triage</code></pre>
    ${!held.triaged && html`<p class="muted">No annotator at hand? <code>smokewatch demo</code> makes one.</p>`}
  </div>`;
}

const none = computed(() => shown.value?.length === 0);

function List() {
  if (rows.value === null) return problem.value === null ? html`<${Loading} />` : html`<${Failure} again=${refresh} />`;
  if (rows.value.count === 0) return html`<${Empty} />`;
  return html`<${Filters} />${none.value
    ? html`<${EmptyFilter} clear=${() => navigate(cleared())} />`
    : html`<${Guarded} name="The table"><${Table} /><//>`}`;
}

/** @type {[string, [string[], string][]]} */
const KEYS = ["Triage", [[["[", "]"], "threshold down, up by 0.01"]]];

export function App() {
  const held = rows.value;
  return html`<${Frame} name="Triage" held=${held} full=${held !== null && (held.count > 0 || held.drops.length > 0)} opened=${opened.value} refresh=${refresh}
    rail=${html`<${Rail} />`} list=${html`<${List} />`} load=${load}
    detail=${(/** @type {any} */ Pane) => html`<${Detail} Pane=${Pane} />`} help=${html`<${Help} own=${KEYS} />`} />`;
}
