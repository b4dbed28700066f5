/** The newest 20 lines of the history. */
import { formatDifference, formatExact, formatScore, formatSeconds, formatSpan, shownName } from "../format.js";
import { html, signal } from "../html.js";
import { lineKeys, moveLine } from "../places.js";
import { Status } from "./latest.js";
import { Panel } from "./parts.js";
import { recent } from "./state.js";

/** The id of the line that the keyboard is on; new lines come above it. */
const active = signal(/** @type {number | null} */ (null));

/** Move the keyboard's line.
 * @param {number} by */
export function move(by) {
  moveLine(".recent .row", by);
}

const onKeyDown = lineKeys(move);

/** @param {{ rows: import("./types.js").HistoryRow[] }} data */
function draw({ rows }) {
  if (rows.length === 0) return html`<p class="muted">No verdict was reached yet.</p>`;
  const score = (/** @type {number | null} */ value) => html`<td class="number" title=${formatExact(value)}>${formatScore(value)}</td>`;
  const at = (rows.find(({ id }) => id === active.value) ?? rows[0])?.id;
  return html`<div class="recent-scroll"><table class="recent" onKeyDown=${onKeyDown}>
    <thead><tr><th scope="col">Time, UTC</th><th scope="col">Camera</th><th scope="col">Organization</th><th scope="col">Release</th><th scope="col">Status</th>
      <th scope="col" class="number">Recorded</th><th scope="col" class="number">Replayed</th><th scope="col" class="number">Difference</th><th scope="col" class="number">Took</th></tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${row.id} data-id=${row.id}>
      <td><time datetime=${row.at}>${formatSeconds(row.at)}</time></td>
      <th scope="row"><a class="row" href=${`/history?row=${row.id}&sequence=${encodeURIComponent(row.key)}`} tabindex=${row.id === at ? 0 : -1} onFocus=${() => { active.value = row.id; }}>${shownName(row.camera?.name ?? row.key, 60)}</a></th>
      <td class="muted">${shownName(row.organization?.name, 60)}</td>
      <td>${shownName(row.api_version, 30)}</td>
      <td><${Status} row=${row} /></td>
      ${score(row.recorded_score)}${score(row.replayed_score)}
      <td class="number">${formatDifference(row.difference)}</td>
      <td class="number muted">${formatSpan(row.milliseconds)}</td>
    </tr>`)}</tbody>
  </table></div>`;
}

export const RecentPanel = () => html`<${Panel} title="History" place="recent-panel" panel=${recent} draw=${draw} lines=${10} more=${html`<a href="/history">All of it</a>`} />`;
