// Tubes seen close: squares around the stabilized window with its context, past the frame's edges where it reaches.

import { classes, html, useRef } from "../html.js";
import { formatClock, formatScore } from "../format.js";
import { cropSquare, frameInCrop, paletteIndex, rectangleOf } from "../geometry.js";
import { roleOf, shapesOn, strokeOf, windowOf } from "../geometry.js";
import { ROLE_WORDS } from "./overlay.js";
import { useInView } from "../measuring.js";
import { usePicture } from "./stage.js";

/** @import { Detail, Frame, Window } from "./types.js" */
/** @import { Player } from "./player.js" */
/** @import { Tube } from "../geometry.js" */

const SIZE = 200;

/**
 * Every tube on one frame.
 * @param {object} props
 * @param {Detail} props.detail
 * @param {Window} props.shown
 * @param {Tube[]} props.tubes
 * @param {number} props.n the frame
 * @param {number} props.chosen a tube's id
 * @param {(id: number) => void} props.choose
 */
export function Crops({ detail, shown, tubes, n, chosen, choose }) {
  const frame = detail.frames[n];
  if (!frame) return null;
  const inside = shown.frames.includes(n);
  return html`<section>
    <h3 class="eyebrow">On frame ${n + 1}${inside ? "" : ", outside the scored window"}</h3>
    <div class="crops scroll" tabindex="0" role="region" aria-label="Each tube on this frame">
      ${tubes.map(
        (tube) => html`<${Choice} key=${tube.tube_id} on=${tube.tube_id === chosen} act=${() => choose(tube.tube_id)}>
          <${Crop} key=${detail.key} frame=${frame} shown=${shown} tube=${tube} />
          <span class="crop-name">
            <strong>#${tube.tube_id}</strong> ${formatScore(tube.probability ?? tube.logit)}${" "}
            <span class="muted">${ROLE_WORDS[roleOf(tube, shown.details.decision)]}</span>
          </span>
        <//>`,
      )}
    </div>
  </section>`;
}

/** @param {{on: boolean, act: () => void, children: unknown}} props */
function Choice({ on, act, children }) {
  const look = classes("crop-button", on && "crop-chosen");
  return html`<button type="button" class=${look} aria-pressed=${on} onClick=${act}>
    ${children}
  </button>`;
}

/** One tube on every frame of the window. @param {{detail: Detail, shown: Window, tube: Tube, player: Player}} props */
export function Filmstrip({ detail, shown, tube, player }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useInView(list, shown.frames.indexOf(player.n));
  return html`<section>
    <h3 class="eyebrow">Tube #${tube.tube_id} through the window</h3>
    <div class="crops scroll" ref=${list} tabindex="0" role="region" aria-label="The tube on every frame">
      ${shown.frames.map((n) => {
        const frame = detail.frames[n];
        if (!frame) return null;
        return html`<${Choice} key=${n} on=${n === player.n} act=${() => player.go(n)}>
          <${Crop} key=${detail.key} frame=${frame} shown=${shown} tube=${tube} />
          <span class="crop-name">
            <strong>${n === player.trigger && "▼ "}Frame ${n + 1}</strong>${" "}
            <span class="muted">${formatClock(frame.created_at)}</span>
          </span>
        <//>`;
      })}
    </div>
  </section>`;
}

/** Keyed by its sequence: another one's picture never stands under its name.
 * @param {{frame: Frame, shown: Window, tube: Tube}} props */
function Crop({ frame, shown, tube }) {
  const picture = usePicture(frame);
  if (picture === null) return html`<span class="crop"></span>`;
  if (picture.lost !== null) return html`<span class="crop crop-lost">no picture</span>`;
  const position = shown.frames.indexOf(picture.frame.n);
  const [shape] = position < 0 ? [] : shapesOn([tube], position, shown.details.preprocessing.padded_frame_indices);
  const around = windowOf(tube) ?? shape?.box;
  if (!around) return html`<span class="crop crop-lost">no box</span>`;
  const { width, height } = picture;
  const square = cropSquare(around, width, height);
  const place = frameInCrop(square, width, height, SIZE);
  const px = Object.fromEntries(Object.entries(place).map(([side, length]) => [side, `${length}px`]));
  const drawn = rectangleOf(shape?.box ?? around);
  const role = roleOf(tube, shown.details.decision);
  return html`<span class="crop">
    <img
      src=${picture.frame.url}
      alt=${`Tube ${tube.tube_id} on frame ${picture.frame.n + 1}`}
      draggable=${false}
      style=${px}
    />
    <svg viewBox=${`${square.left} ${square.top} ${square.side} ${square.side}`} aria-hidden="true">
      <rect
        class=${`outline tube-${paletteIndex(tube.tube_id)}`}
        x=${drawn.left * width}
        y=${drawn.top * height}
        width=${drawn.width * width}
        height=${drawn.height * height}
        stroke-width=${strokeOf(role)}
        stroke-dasharray=${shape && !shape.dashed ? undefined : "5 4"}
        opacity=${shape && !shape.dashed ? 1 : 0.6}
      />
    </svg>
  </span>`;
}
