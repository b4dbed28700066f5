/** The drift screen. */
import { Frame } from "../frame.js";
import { Help } from "../help.js";
import { classes, html } from "../html.js";
import { problem } from "../page.js";
import { Failure, Guarded, Loading } from "../states.js";
import { Bar } from "./bar.js";
import { Findings } from "./findings.js";
import { Heat } from "./heat.js";
import { Rail } from "./rail.js";
import { cleared, filterCount } from "./route.js";
import { checkedDays } from "./store.js";
import { held, navigate, refresh, route, waiting } from "./state.js";
import { Timelines } from "./timelines.js";
import { DataQuality, Verdict } from "./verdict.js";

/** No baseline yet: the commands that begin. */
function NoBaseline() {
  return html`<div class="notice" role="status">
    <h2>No day was checked for drift yet</h2>
    <p class="muted">Build a baseline of days that were fine, then check later days against it; results appear here by themselves.</p>
    <pre><code>smokewatch baseline --from 2026-01-01 --to 2026-01-31
smokewatch drift --day 2026-02-01</code></pre>
    <p class="muted">No production at hand? <code>smokewatch demo</code> makes one.</p>
  </div>`;
}

/** The period holds no checked day. */
function NoCheck() {
  const period = held.value;
  const watched = period?.watched.find((each) => each.baseline === period.baseline && each.scope === period.scope);
  if (period === null || watched === undefined) return null;
  const filtered = filterCount(route.value) > 0;
  const never = watched.checks === 0;
  return html`<div class="notice" role="status">
    <h2>${never ? "The baseline stands, no day was checked yet" : filtered ? "No checked day passes these filters" : "No day of this period was checked"}</h2>
    ${never
      ? html`<p class="muted">Check a day after ${watched.version?.last_day ?? "its last one"}:</p><pre><code>smokewatch drift --baseline ${watched.baseline} --day YYYY-MM-DD</code></pre>`
      : filtered
        ? html`<button type="button" class="button primary" onClick=${() => navigate(cleared())}>Clear all filters</button>`
        : html`<button type="button" class="button primary" onClick=${() => navigate({ days: 90, from: "", to: "", day: "" })}>Go to ${period.newest_day}</button>`}
  </div>`;
}

function Content() {
  const period = held.value;
  if (period === null) return problem.value === null ? html`<${Loading} />` : html`<${Failure} again=${refresh} />`;
  if (period.baseline === null) return html`<${NoBaseline} />`;
  const none = checkedDays(period).length === 0;
  return html`<${Bar} />
    <div class=${classes("drift-scroll", waiting.value && "waiting")} aria-busy=${waiting.value}>
      ${none
        ? html`<${NoCheck} />`
        : html`<${Verdict} /><${DataQuality} />
          <${Guarded} name="The heat map"><${Heat} /><//>`}
      <${Guarded} name="The timelines"><${Timelines} /><//>
      ${!none && html`<${Guarded} name="The findings"><${Findings} /><//>`}
    </div>`;
}

/** @type {[string, [string[], string][]]} */
const KEYS = ["Drift", [[["[", "]"], "the checked day before, after"], [["m"], "calibrated, strict"], [["j", "k"], "down, up in the heat map"], [["←", "→"], "and by day there"], [["Enter"], "show the day and the camera"], [["Esc"], "back to the fleet"]]];

export function App() {
  const period = held.value;
  return html`<${Frame} name="Drift" label="Drift" held=${period} full=${period !== null && period.baseline !== null} opened=${null} refresh=${refresh}
    rail=${html`<${Rail} />`} list=${html`<${Content} />`} load=${() => Promise.resolve(null)} detail=${() => null} help=${html`<${Help} own=${KEYS} groups=${[]} />`} />`;
}
