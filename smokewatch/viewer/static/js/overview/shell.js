/** The overview: the control room. */
import { Frame } from "../frame.js";
import { Help } from "../help.js";
import { html } from "../html.js";
import { problem } from "../page.js";
import { EmptyStore, Failure, Guarded } from "../states.js";
import { CalibrationPanel } from "./calibration.js";
import { HeatPanel } from "./heat.js";
import { LatestPanel } from "./latest.js";
import { Lights } from "./lights.js";
import { MatchPanel, QualityPanel } from "./matching.js";
import { RecentPanel } from "./recent.js";
import { RunPanel } from "./running.js";
import { QueuePanel, SystemPanel } from "./side.js";
import { latest, live, recent, refresh } from "./state.js";

/** Whether the store has nothing to tell yet: no verdict, and nothing that waits for one. */
function nothingYet() {
  const held = latest.held.value?.data;
  const rows = recent.held.value?.data.rows;
  return held !== undefined && rows !== undefined && held.latest === null && rows.length === 0 && !held.queue.unreplayed;
}

function Board() {
  if (live.value === null && latest.held.value === null && problem.value !== null) return html`<${Failure} again=${refresh} />`;
  return html`<div class="board-scroll"><div class="board">
    <${Guarded} name="The health lights"><${Lights} /><//>
    ${nothingYet()
      ? html`<section class="card begin" aria-label="Begin"><${EmptyStore} /></section><${RunPanel} /><${SystemPanel} />`
      : html`<${RunPanel} /><${LatestPanel} /><${MatchPanel} /><${QualityPanel} /><${QueuePanel} /><${SystemPanel} /><${HeatPanel} /><${CalibrationPanel} /><${RecentPanel} />`}
  </div></div>`;
}

/** @type {[string, [string[], string][]]} */
const KEYS = ["Overview", [[["j", "k"], "down, up in the history"], [["Enter"], "open the line"], [["b"], "heat map by organization, by release"], [["r"], "ask for everything now"]]];

export function App() {
  return html`<${Frame} name="Overview" label="Overview" held=${live.value} full=${false} opened=${null} refresh=${refresh}
    rail=${null} list=${html`<${Board} />`} load=${() => Promise.resolve(null)} detail=${() => null} help=${html`<${Help} own=${KEYS} groups=${[]} />`} />`;
}
