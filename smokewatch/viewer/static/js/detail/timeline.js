// One row a tube, one column a frame of the window.

import { classes, html } from "../html.js";
import { formatScore } from "../format.js";
import { paletteIndex, positionOf, roleOf } from "../geometry.js";
import { useSize } from "../measuring.js";
import { ROLE_MARKS, ROLE_WORDS, tubeWords } from "./overlay.js";
import { frameOfSlot } from "./words.js";

/** @import { Detail, Window } from "./types.js" */
/** @import { Player } from "./player.js" */
/** @import { Tube } from "../geometry.js" */

const ROW = 28;
const HEAD = 20;
const LEFT = 132;

/**
 * @param {object} props
 * @param {Detail} props.detail
 * @param {Window} props.shown
 * @param {Tube[]} props.tubes
 * @param {Player} props.player
 * @param {number} props.chosen a tube's id
 * @param {(id: number) => void} props.choose
 */
export function Timeline({ detail, shown, tubes, player, chosen, choose }) {
  const [box, { width }] = useSize();
  const count = shown.frames.length;
  const column = count ? Math.max(0, width - LEFT) / count : 0;
  const height = HEAD + tubes.length * ROW;
  const padded = shown.details.preprocessing.padded_frame_indices;
  const trigger = shown.trigger_frame_index === null ? null : positionOf(shown.trigger_frame_index, padded);
  const here = shown.frames.indexOf(player.n);
  const some = tubes.slice(0, 8).map((tube) => tubeWords(tube, roleOf(tube, shown.details.decision)));
  const said = `Timeline of ${tubes.length} tubes over ${count} frames: ${some.join("; ")}`;
  const start = (/** @type {number} */ position) => LEFT + position * column;
  const row = (/** @type {number} */ index) => HEAD + index * ROW;
  return html`<div class="timeline" ref=${box}>
    ${width > 0 &&
    html`<svg width=${width} height=${height} role="img" aria-label=${said}>
      ${here >= 0 &&
      html`<rect class="timeline-here" x=${start(here)} y="0" width=${column} height=${height} rx="3" />`}
      ${shown.frames.map((n, position) => {
        const look = classes("timeline-number", position === here && "timeline-number-here");
        return html`<text key=${n} class=${look} x=${start(position + 0.5)} y="13">${n + 1}</text>`;
      })}
      ${tubes.map(
        (tube, index) => html`<${TubeRow}
          key=${tube.tube_id}
          tube=${tube}
          shown=${shown}
          y=${row(index)}
          column=${column}
          width=${width}
          chosen=${tube.tube_id === chosen}
        />`,
      )}
      ${trigger !== null &&
      html`<path class="timeline-trigger" d=${`M${start(trigger + 0.5)} ${HEAD - 4}V${height}`} />`}
      ${shown.frames.map((n, position) => {
        const remarks = [trigger === position && ", trigger", detail.frames[n]?.url === null && ", no picture"];
        const place = { x: start(position), y: 0, width: column, height };
        return html`<rect key=${n} class="timeline-hit" ...${place} onClick=${() => player.go(n)}>
          <title>${`Frame ${n + 1}${remarks.filter(Boolean).join("")}`}</title>
        </rect>`;
      })}
      ${tubes.map(({ tube_id: id }, index) => {
        const place = { x: 0, y: row(index), width: LEFT, height: ROW };
        return html`<rect key=${id} class="timeline-hit" ...${place} onClick=${() => choose(id)} />`;
      })}
    </svg>`}
  </div>`;
}

/** @param {{tube: Tube, shown: Window, y: number, column: number, width: number, chosen: boolean}} props */
function TubeRow({ tube, shown, y, column, width, chosen }) {
  const role = roleOf(tube, shown.details.decision);
  const padded = shown.details.preprocessing.padded_frame_indices;
  const middle = y + ROW / 2;
  const places = tube.entries.flatMap((entry) => {
    const position = positionOf(entry.frame_idx, padded);
    return position === null || entry.bbox === null ? [] : [{ position, gap: entry.is_gap }];
  });
  const ends = places.map((place) => place.position);
  const crossing = frameOfSlot(tube.first_crossing_frame, shown);
  const crossed = crossing === null ? -1 : shown.frames.indexOf(crossing);
  const bar = role === "decisive" ? 14 : 10;
  const inset = Math.min(3, column / 8);
  const x = (/** @type {number} */ position) => LEFT + position * column;
  const from = x(Math.min(...ends));
  const to = x(Math.max(...ends) + 1);
  return html`<g class=${classes(`tube-${paletteIndex(tube.tube_id)}`, `timeline-${role}`)}>
    ${chosen && html`<rect class="timeline-chosen" x="0" y=${y + 1} width=${width} height=${ROW - 2} rx="4" />`}
    <circle class="timeline-dot" cx="9" cy=${middle} r=${role === "decisive" ? 5 : 4} />
    <text class="timeline-name" x="20" y=${middle + 4}>
      #${tube.tube_id}<tspan dx="6">${formatScore(tube.probability ?? tube.logit)}</tspan>
    </text>
    <text class="timeline-role" x=${LEFT - 8} y=${middle + 4}>
      ${ROLE_MARKS[role]}<title>${ROLE_WORDS[role]}</title>
    </text>
    ${ends.length > 0 &&
    html`<path class="timeline-span" d=${`M${from + inset} ${middle}H${to - inset}`} />`}
    ${places.map(
      ({ position, gap }) => html`<rect
        key=${position}
        class=${gap ? "timeline-gap" : "timeline-seen"}
        x=${x(position) + inset}
        y=${middle - bar / 2}
        width=${Math.max(1, column - 2 * inset)}
        height=${bar}
        rx="3"
      />`,
    )}
    ${crossed >= 0 && html`<path class="timeline-crossing" d=${`M${x(crossed + 0.5) - 5} ${y}h10l-5 6z`} />`}
  </g>`;
}
