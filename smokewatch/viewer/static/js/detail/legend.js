// The tubes that are drawn, by name; and what the lines mean.

import { html } from "../html.js";
import { formatExact, formatScore, plural } from "../format.js";
import { paletteIndex, roleOf, shapesOn, strokeOf } from "../geometry.js";
import { ROLE_WORDS } from "./overlay.js";
import { tubesWords } from "./words.js";

/** @import { Layers } from "./overlay.js" */
/** @import { Shape } from "../geometry.js" */
/** @import { Frame, Window } from "./types.js" */

/** @param {{shown: Window, frame: Frame, layers: Layers}} props */
export function Legend({ shown, frame, layers: { roi, detections } }) {
  const { decision, preprocessing, tubes } = shown.details;
  const position = shown.frames.indexOf(frame.n);
  const here = position < 0 ? [] : shapesOn(tubes.kept, position, preprocessing.padded_frame_indices);
  const aside = [
    tubesWords(shown),
    preprocessing.num_truncated ? `${plural(preprocessing.num_truncated, "frame")} cut off the end` : null,
    roi && !shown.roi_xyxyn ? "the request had no ROI" : null,
    detections && !frame.boxes.length ? "no detection recorded on this frame" : null,
  ].filter(Boolean);
  return html`<section class="legend" aria-label="Tubes">
    <ul>
      ${tubes.kept.map((tube) => {
        const role = roleOf(tube, decision);
        const shape = here.find((one) => one.tube === tube);
        const score = tube.probability ?? tube.logit;
        const line = {
          class: `outline tube-${paletteIndex(tube.tube_id)}`,
          "stroke-width": strokeOf(role),
          "stroke-dasharray": shape?.dashed ? "5 4" : undefined,
        };
        return html`<li key=${tube.tube_id}>
          <svg class="swatch" viewBox="0 0 20 8" aria-hidden="true"><path ...${line} d="M0 4h20" /></svg>
          <strong>#${tube.tube_id}</strong>
          <span class="score" title=${formatExact(score)}>${formatScore(score)}</span>
          <span class=${`role role-${role}`}>${ROLE_WORDS[role]}</span>
          <span class="muted">${position < 0 ? "" : hereWords(shape)}</span>
        </li>`;
      })}
    </ul>
    <p class="muted">${aside.join(" · ")}</p>
  </section>`;
}

/** @param {Shape | undefined} shape */
function hereWords(shape) {
  if (!shape) return "never seen";
  if (shape.dashed) return "not seen here";
  if (shape.gap) return "filled in here";
  return shape.confidence === null ? "seen here" : `seen here, ${formatScore(shape.confidence)}`;
}
