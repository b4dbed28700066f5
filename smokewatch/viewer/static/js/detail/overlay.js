// What is drawn over a frame: tubes, recorded detections, the ROI. A tube's role is told by its stroke and by a word.

import { classes, html } from "../html.js";
import { formatScore } from "../format.js";
import { paletteIndex, rectangleOf, rectangleOfCorners, roleOf, shapesOn, strokeOf } from "../geometry.js";

/** @import { Frame, Window } from "./types.js" */
/** @import { Rectangle, Role, Shape, Tube } from "../geometry.js" */
/** @typedef {{tubes: boolean, detections: boolean, roi: boolean}} Layers */

/** @type {Record<Role, string>} */
export const ROLE_WORDS = { decisive: "decisive", would: "would trigger", other: "below the threshold" };
/** @type {Record<Role, string>} */
export const ROLE_MARKS = { decisive: "◆", would: "▲", other: "" };

/** More tubes than these: only those at the threshold say their score on the frame. */
const CROWD = 4;

/** @param {Tube} tube @param {Role} role */
export function tubeWords(tube, role) {
  return `#${tube.tube_id} ${formatScore(tube.probability ?? tube.logit)} ${ROLE_WORDS[role]}`;
}

/** @param {{frame: Frame, shown: Window | null, layers: Layers}} props */
export function Overlay({ frame, shown, layers }) {
  const position = shown ? shown.frames.indexOf(frame.n) : -1;
  const shapes =
    layers.tubes && shown && position >= 0
      ? shapesOn(shown.details.tubes.kept, position, shown.details.preprocessing.padded_frame_indices)
      : [];
  const role = (/** @type {Shape} */ shape) =>
    shown ? roleOf(shape.tube, shown.details.decision) : /** @type {Role} */ ("other");
  // The decisive tube is drawn last, over the others.
  const ordered = [...shapes].sort((a, b) => strokeOf(role(a)) - strokeOf(role(b)));
  return html`
    <svg class="overlay" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
      ${layers.roi &&
      shown?.roi_xyxyn &&
      html`<${Outline} rectangle=${rectangleOfCorners(shown.roi_xyxyn)} look="roi" width=${1.5} dash="2 3" />`}
      ${ordered.map(
        (shape) => html`<${Outline}
          key=${shape.tube.tube_id}
          rectangle=${rectangleOf(shape.box)}
          look=${`tube-${paletteIndex(shape.tube.tube_id)}`}
          width=${strokeOf(role(shape))}
          dash=${shape.dashed ? "5 4" : undefined}
          opacity=${shape.dashed ? 0.6 : 1}
        />`,
      )}
      ${layers.detections &&
      frame.boxes.map(
        (box, at) => html`<${Outline} key=${at} rectangle=${rectangleOfCorners(box)} look="detection" width=${1} />`,
      )}
    </svg>
    ${ordered.map((shape) => {
      const crowd = ordered.length > CROWD;
      return html`<${Tag} key=${shape.tube.tube_id} shape=${shape} role=${role(shape)} crowd=${crowd} />`;
    })}
  `;
}

/** @param {{rectangle: Rectangle, look: string, width: number, dash?: string, opacity?: number}} props */
function Outline({ rectangle: { left, top, width: w, height: h }, look, width, dash, opacity = 1 }) {
  const place = { x: left, y: top, width: Math.max(0, w), height: Math.max(0, h) };
  return html`<g opacity=${opacity}>
    <rect ...${place} class="halo" stroke-width=${width + 2} stroke-dasharray=${dash} />
    <rect ...${place} class=${classes("outline", look)} stroke-width=${width} stroke-dasharray=${dash} />
  </g>`;
}

/** @param {{shape: Shape, role: Role, crowd: boolean}} props */
function Tag({ shape, role, crowd }) {
  const { left, top, width } = rectangleOf(shape.box);
  const across = left > 0.7 ? { right: percent(1 - left - width) } : { left: percent(left) };
  const place = { ...across, top: percent(top) };
  const { tube_id: id, probability, logit } = shape.tube;
  const score = crowd && role === "other" ? "" : ` ${formatScore(probability ?? logit)}`;
  const look = classes("tag", `tube-${paletteIndex(id)}`, top > 0.08 && "tag-above", shape.dashed && "tag-dashed");
  return html`<span class=${look} style=${place} aria-hidden="true">
    ${`${ROLE_MARKS[role]}#${id}${score}${shape.gap ? " gap" : ""}`}
  </span>`;
}

/** @param {number} share */
function percent(share) {
  return `${100 * Math.min(1, Math.max(0, share))}%`;
}
