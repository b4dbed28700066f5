// The Tubes tab: when each tube was seen, what decided, and how it looked.

import { classes, html, useState } from "../html.js";
import { NOTHING, formatExact, formatScore } from "../format.js";
import { roleOf } from "../geometry.js";
import { Crops, Filmstrip } from "./crops.js";
import { ROLE_WORDS } from "./overlay.js";
import { Timeline } from "./timeline.js";
import { frameOfSlot, tubesWords } from "./words.js";

/** @import { Shared } from "./frames.js" */
/** @import { Tube } from "../geometry.js" */
/** @import { Window } from "./types.js" */

const HEAD = ["Tube", "Role", "Probability", "Logit", "Frames", "Seen", "Filled in", "First crossing"];

/** @param {Shared} props */
export function Tubes({ detail, shown, player }) {
  const [chosen, setChosen] = useState(/** @type {number | null} */ (null));
  if (!shown) return html`<p class="muted">No answer about this sequence is known, so no tubes are.</p>`;
  const tubes = ordered(shown);
  const tube = tubes.find((one) => one.tube_id === chosen) ?? tubes[0];
  const summary = tubesWords(shown);
  if (!tube) return html`<p class="muted">No tube to show: ${summary}.</p>`;
  const picking = { detail, shown, tubes, chosen: tube.tube_id, choose: setChosen };
  return html`<div class="tubes-tab">
    <section>
      <h3 class="eyebrow">When each was seen</h3>
      <${Timeline} ...${picking} player=${player} />
      <p class="muted">
        ${summary}. Filled: seen; hollow: filled in by the release; ▼ first crossing of the threshold; red line: the
        trigger.
      </p>
    </section>
    ${tubes.length > 1 && html`<${Crops} ...${picking} n=${player.n} />`}
    <${Filmstrip} detail=${detail} shown=${shown} tube=${tube} player=${player} />
    <section>
      <h3 class="eyebrow">In numbers</h3>
      <div class="scroll" tabindex="0" role="region" aria-label="Tubes in numbers">
        <table class="plain">
          <thead>
            <tr>
              ${HEAD.map(
                (name, at) => html`<th scope="col" class=${classes(at > 1 && "number")} key=${name}>${name}</th>`,
              )}
            </tr>
          </thead>
          <tbody>
            ${tubes.map(
              (one) => html`<${Row}
                key=${one.tube_id}
                tube=${one}
                shown=${shown}
                chosen=${one === tube}
                choose=${setChosen}
              />`,
            )}
          </tbody>
        </table>
      </div>
    </section>
  </div>`;
}

/** @param {{tube: Tube, shown: Window, chosen: boolean, choose: (id: number) => void}} props */
function Row({ tube, shown, chosen, choose }) {
  const { decision, preprocessing } = shown.details;
  const padded = preprocessing.padded_frame_indices;
  const own = tube.entries.filter((entry) => !padded.includes(entry.frame_idx) && entry.bbox !== null);
  const frames = own.map((entry) => frameOfSlot(entry.frame_idx, shown)).filter((n) => n !== null);
  const crossing = tube.first_crossing_frame;
  const crossed = frameOfSlot(crossing, shown);
  const first = crossing === null ? NOTHING : crossed === null ? "padded copy" : `frame ${crossed + 1}`;
  const filled = own.filter((entry) => entry.is_gap).length;
  return html`<tr class=${classes(chosen && "chosen")}>
    <th scope="row">
      <button type="button" class="link" aria-pressed=${chosen} onClick=${() => choose(tube.tube_id)}>
        #${tube.tube_id}
      </button>
    </th>
    <td>${ROLE_WORDS[roleOf(tube, decision)]}</td>
    <td class="number" title=${formatExact(tube.probability)}>${formatScore(tube.probability)}</td>
    <td class="number" title=${formatExact(tube.logit)}>${tube.logit === null ? NOTHING : tube.logit.toFixed(3)}</td>
    <td class="number">${frames.length ? `${Math.min(...frames) + 1}–${Math.max(...frames) + 1}` : NOTHING}</td>
    <td class="number">${own.length - filled}</td>
    <td class="number">${filled}</td>
    <td class="number">${first}</td>
  </tr>`;
}

/**
 * The decisive tube first, then by probability.
 * @param {Window} shown
 * @returns {Tube[]}
 */
function ordered(shown) {
  const { decision, tubes } = shown.details;
  const value = (/** @type {Tube} */ tube) => tube.probability ?? tube.logit ?? -Infinity;
  const decisive = (/** @type {Tube} */ tube) => (roleOf(tube, decision) === "decisive" ? 1 : 0);
  return [...tubes.kept].sort((a, b) => decisive(b) - decisive(a) || value(b) - value(a) || a.tube_id - b.tube_id);
}
