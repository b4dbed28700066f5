/** The runs' screen: all of them, or one. */
import { Frame } from "../frame.js";
import { Help } from "../help.js";
import { classes, html } from "../html.js";
import { problem } from "../page.js";
import { Failure, Guarded, Loading } from "../states.js";
import { Filters, List } from "./list.js";
import { One } from "./one.js";
import { held, navigate, refresh, route, runs, told, waiting } from "./state.js";

/** Nothing was run, or nothing that passes the filters. */
function NoRuns() {
  const filtered = route.value.kind.length + route.value.state.length > 0;
  return html`<div class="notice" role="status">
    <h2>${filtered ? "No run passes these filters" : "Nothing was run yet"}</h2>
    ${filtered
      ? html`<button type="button" class="button primary" onClick=${() => navigate({ kind: [], state: [] })}>Clear all filters</button>`
      : html`<p class="muted">Runs of every kind appear here by themselves. The first ones:</p><pre><code>smokewatch import --day 2026-01-31
smokewatch replay</code></pre><p class="muted">No production at hand? <code>smokewatch demo</code> makes one.</p>`}
  </div>`;
}

function Content() {
  if (held.value === null) return problem.value === null ? html`<${Loading} />` : html`<${Failure} again=${refresh} />`;
  if (told !== null) return html`<div class="runs-scroll"><${Guarded} name="The run"><${One} /><//></div>`;
  return html`<${Filters} />${runs.value?.rows.length === 0 ? html`<${NoRuns} />` : html`<div class=${classes("runs-scroll", waiting.value && "waiting")} aria-busy=${waiting.value}><${Guarded} name="The list"><${List} /><//></div>`}`;
}

/** @type {[string, [string[], string][]]} */
const KEYS = ["Runs", [[["j", "k"], "down, up"], [["Enter"], "open the run"], [["Esc"], "back to all of them"]]];

export function App() {
  return html`<${Frame} name=${told === null ? "Runs" : `Run ${told.slice(0, 8)}`} label="Runs" held=${held.value} full=${false} opened=${null} refresh=${refresh}
    rail=${null} list=${html`<${Content} />`} load=${() => Promise.resolve(null)} detail=${() => null} help=${html`<${Help} own=${KEYS} groups=${[]} />`} />`;
}
