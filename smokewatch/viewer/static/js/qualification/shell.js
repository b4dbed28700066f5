/** The qualification screen. */
import { Frame } from "../frame.js";
import { Help } from "../help.js";
import { html } from "../html.js";
import { problem } from "../page.js";
import { Failure, Guarded, Loading } from "../states.js";
import { Flips } from "./flips.js";
import { Rail } from "./rail.js";
import { held, navigate, refresh, report, route, steps, wanted } from "./state.js";
import { Rules, Sides, Verdict } from "./verdict.js";

const load = () => import("./pane.js").then(({ QualificationPane }) => QualificationPane);

/** Nothing was qualified yet: the command that does. */
function Nothing() {
  return html`<div class="notice" role="status">
    <h2>No release was qualified yet</h2>
    <p class="muted">Ask tomorrow's release about stored days, better replayed and labelled ones; its verdict appears here by itself.</p>
    <pre><code>smokewatch qualify 0.4.0 --from 2026-01-01 --to 2026-01-31</code></pre>
    <p class="muted">No production at hand? <code>smokewatch demo</code> makes one.</p>
  </div>`;
}

function Content() {
  const state = held.value;
  const failed = problem.value !== null && html`<${Failure} again=${refresh} />`;
  if (state === null) return failed || html`<${Loading} />`;
  if (wanted.value === "") return html`<${Nothing} />`;
  if (report.value === null) return failed || html`<${Loading} />`;
  return html`<div class="report-scroll" aria-busy=${report.value.run_id !== wanted.value}>
    <${Verdict} /><${Rules} /><${Guarded} name="The list"><${Flips} /><//><${Sides} />
  </div>`;
}

/** @param {{ Pane: any }} props */
function Detail({ Pane }) {
  const { sequence, frame } = route.value;
  return html`<${Pane} run=${wanted.value} sequence=${sequence} frame=${frame} steps=${steps.value} navigate=${navigate} />`;
}

/** @type {[string, [string[], string][]]} */
const KEYS = ["Decisions that change", [[["j", "k"], "next, previous one"], [["Enter"], "both releases side by side"], [["Esc"], "close it"]]];

export function App() {
  const state = held.value;
  const { sequence } = route.value;
  return html`<${Frame} name="Qualification" label="Qualification" held=${state} full=${state !== null && state.all.length > 0} opened=${wanted.value === "" ? null : sequence} refresh=${refresh}
    rail=${html`<${Rail} />`} list=${html`<${Content} />`} load=${load}
    detail=${(/** @type {any} */ Pane) => html`<${Detail} Pane=${Pane} />`} help=${html`<${Help} own=${KEYS} />`} />`;
}
