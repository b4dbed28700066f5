/** What runs now, or what ran last. */
import { formatSeconds, words } from "../format.js";
import { html } from "../html.js";
import { Waiting } from "./parts.js";
import { Running } from "./progress.js";
import { live, quality } from "./state.js";

/** Nothing runs: what ran last. */
function Idle() {
  const reports = quality.held.value?.data.reports ?? [];
  return html`<p>Nothing runs now.</p>
    ${reports.length > 0 && html`<table class="lines-of">
      <caption class="unseen">The newest run of each kind</caption>
      <tbody>${[...reports].sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, 6).map(({ kind, run_id: run, at, state }) => html`<tr key=${kind}>
        <th scope="row"><a href=${`/runs/${encodeURIComponent(run)}`}>${words(kind)}</a></th>
        <td><span class=${`mark ${state === "completed" ? "right" : "wrong"}`}>${words(state)}</span></td>
        <td class="number muted">${formatSeconds(at).slice(0, 16)}</td>
      </tr>`)}</tbody>
    </table>`}`;
}

export function RunPanel() {
  const held = live.value;
  const runs = held?.data.runs ?? [];
  return html`<section class="card running" aria-label="Running">
    <h2 class="eyebrow"><span>${runs.length > 1 ? `Running: ${runs.length}` : "Running"}</span><span class="spring"></span><a href="/runs">All runs</a></h2>
    ${held === null ? html`<${Waiting} lines=${4} />` : runs.length === 0 ? html`<${Idle} />` : runs.map((run) => html`<${Running} key=${run.id} run=${run} />`)}
  </section>`;
}
