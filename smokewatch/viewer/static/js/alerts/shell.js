/** The alerts screen. */
import { Frame } from "../frame.js";
import { Help } from "../help.js";
import { html } from "../html.js";
import { problem } from "../page.js";
import { EmptyStore, Failure, Guarded, Loading } from "../states.js";
import { Bar } from "./bar.js";
import { Items } from "./list.js";
import { Rail } from "./rail.js";
import { cleared, filterCount } from "./route.js";
import { held, navigate, refresh, route } from "./state.js";

/** Nothing is on this side. */
function Nothing() {
  const state = held.value;
  if (state === null) return null;
  const filtered = filterCount(route.value) > 0;
  const other = state.side === "held" ? state.cost.total.alerts_shown : state.cost.total.held;
  return html`<div class="notice" role="status">
    <h2>${state.side === "held" ? "Nothing is held back" : "No alert is shown"}</h2>
    <p class="muted">${filtered ? "Nothing of this period passes these filters." : "Nothing of this period is on this side of the gate."}</p>
    ${filtered
      ? html`<button type="button" class="button primary" onClick=${() => navigate(cleared())}>Clear all filters</button>`
      : other > 0
        ? html`<button type="button" class="button primary" onClick=${() => navigate({ side: state.side === "held" ? "shown" : "held" })}>See the other side</button>`
        : html`<button type="button" class="button primary" onClick=${() => navigate({ from: "", to: "", latest: false })}>Go to ${state.period.newest_day}</button>`}
  </div>`;
}

function List() {
  const state = held.value;
  if (state === null) return problem.value === null ? html`<${Loading} />` : html`<${Failure} again=${refresh} />`;
  if (state.period.newest_day === null) return html`<${EmptyStore} />`;
  return html`<${Bar} />${state.items.length === 0 ? html`<${Nothing} />` : html`<${Guarded} name="The list"><${Items} /><//>`}`;
}

/** @type {[string, [string[], string][]]} */
const KEYS = ["Alerts", [[["[", "]"], "the day before, after"], [["h"], "shown, held back"]]];

export function App() {
  const state = held.value;
  return html`<${Frame} name="Alerts" held=${state} full=${state !== null && state.period.newest_day !== null} opened=${null} refresh=${refresh}
    rail=${html`<${Rail} />`} list=${html`<${List} />`} load=${() => Promise.resolve(null)} detail=${() => null} help=${html`<${Help} own=${KEYS} />`} />`;
}
