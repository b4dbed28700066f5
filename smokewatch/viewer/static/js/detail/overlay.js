// What is drawn over a frame: tubes, recorded detections, the ROI. A tube's role is told by its stroke and by a word.

import { classes, html, useLayoutEffect, useState } from "../html.js";
import { formatScore } from "../format.js";
import { paletteIndex, placeTags, rectangleOf, rectangleOfCorners, roleOf, shapesOn, strokeOf } from "../geometry.js";
import { useSize } from "../measuring.js";

/** @import { Frame, Window } from "./types.js" */
/** @import { Place, Rectangle, Role, Shape, Tube } from "../geometry.js" */
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
    <${Tags} shapes=${ordered} role=${role} />
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

/**
 * What stands at each tube's box, none over another: measured, then placed, before anything is painted.
 * @param {{shapes: Shape[], role: (shape: Shape) => Role}} props `shapes`: the most telling one last
 */
function Tags({ shapes, role }) {
  const [around, size] = useSize();
  const [places, setPlaces] = useState(/** @type {Place[]} */ ([]));
  const boxes = shapes.map((shape) => rectangleOf(shape.box));
  const texts = shapes.map((shape) => tagText(shape, role(shape), shapes.length > CROWD));
  useLayoutEffect(() => {
    const tags = /** @type {HTMLElement[]} */ ([...(around.current?.children ?? [])]);
    const sizes = tags.map(({ offsetWidth: width, offsetHeight: height }) => ({ width, height }));
    setPlaces(placeTags(boxes, sizes, size));
  }, [JSON.stringify([boxes, texts]), size]);
  return html`<div class="tags" ref=${around} aria-hidden="true">
    ${shapes.map(({ tube, dashed }, at) => {
      const look = classes("tag", `tube-${paletteIndex(tube.tube_id)}`, dashed && "tag-dashed");
      const { left, top } = places[at] ?? { left: 0, top: 0 };
      return html`<span key=${tube.tube_id} class=${look} style=${{ left: `${left}px`, top: `${top}px` }}>${texts[at]}</span>`;
    })}
  </div>`;
}

/** @param {Shape} shape @param {Role} role @param {boolean} crowd */
function tagText({ tube: { tube_id: id, probability, logit }, gap }, role, crowd) {
  const score = crowd && role === "other" ? "" : ` ${formatScore(probability ?? logit)}`;
  return `${ROLE_MARKS[role]}#${id}${score}${gap ? " gap" : ""}`;
}
