// A frame as large as the screen: wheel, pinch, drag and keys zoom and pan. Lines keep their width.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { formatClock } from "../format.js";
import { LARGEST, WHOLE, contained, fitted, zoomed } from "../geometry.js";
import { useSize } from "../measuring.js";
import { Overlay } from "./overlay.js";
import { usePicture } from "./stage.js";

/** @import { Frame, Window } from "./types.js" */
/** @import { Layers } from "./overlay.js" */
/** @import { Player } from "./player.js" */
/** @import { View } from "../geometry.js" */

const STEP = 1.5;
const PAN = 60;

/**
 * @param {object} props
 * @param {Frame} props.frame
 * @param {number} props.total
 * @param {Window | null} props.shown
 * @param {Layers} props.layers
 * @param {Player} props.player
 * @param {() => void} props.close
 */
export function Zoom({ frame, total, shown, layers, player, close }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [stage, size] = useSize();
  const [view, setView] = useState(/** @type {View} */ (WHOLE));
  const picture = usePicture(frame);
  const ratio = (picture?.width ?? frame.width ?? 16) / (picture?.height ?? frame.height ?? 9);

  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);

  const whole = fitted(ratio, size);
  /** @param {number} factor @param {{x: number, y: number}} [at] */
  const zoomBy = (factor, at) => {
    setView((before) => zoomed(before, factor, at ?? { x: size.width / 2, y: size.height / 2 }, whole, size));
  };
  /** @param {number} x @param {number} y */
  const panBy = (x, y) => {
    setView((before) => contained({ ...before, x: before.x + x, y: before.y + y }, whole, size));
  };
  usePointers(stage, zoomBy, panBy);

  /** @param {KeyboardEvent} event */
  const pressed = (event) => {
    // The page's own keys rest while this lies over it; Escape is the dialog's.
    event.stopPropagation();
    const wide = view.scale > 1;
    /** @type {Record<string, () => void>} */
    const acts = {
      "+": () => zoomBy(STEP),
      "=": () => zoomBy(STEP),
      "-": () => zoomBy(1 / STEP),
      0: () => setView(WHOLE),
      ArrowLeft: () => (wide ? panBy(PAN, 0) : player.step(-1)),
      ArrowRight: () => (wide ? panBy(-PAN, 0) : player.step(1)),
      ArrowUp: () => panBy(0, PAN),
      ArrowDown: () => panBy(0, -PAN),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };
  const at = contained(view, whole, size);
  const place = {
    width: `${whole.width * at.scale}px`,
    height: `${whole.height * at.scale}px`,
    left: `${at.x}px`,
    top: `${at.y}px`,
  };
  const drawn = picture?.frame ?? frame;
  const said = `Frame ${drawn.n + 1} of ${total}, ${formatClock(drawn.created_at)} UTC`;
  return html`<dialog class="zoom" ref=${dialog} onClose=${close} onKeyDown=${pressed} aria-label=${said}>
    <div class="zoom-bar">
      <strong>${said}</strong>
      <span class="zoom-scale" aria-live="polite">${Math.round(view.scale * 100)}\u00a0%</span>
      <${Press} name="Previous frame" sign="‹" disabled=${frame.n <= 0} act=${() => player.step(-1)} />
      <${Press} name="Next frame" sign="›" disabled=${frame.n >= total - 1} act=${() => player.step(1)} />
      <${Press} name="Zoom out" sign="−" disabled=${view.scale <= 1} act=${() => zoomBy(1 / STEP)} />
      <${Press} name="Zoom in" sign="+" disabled=${view.scale >= LARGEST} act=${() => zoomBy(STEP)} />
      <button type="button" class="button" disabled=${view.scale <= 1} onClick=${() => setView(WHOLE)}>Whole</button>
      <button type="button" class="button" onClick=${() => dialog.current?.close()}>Close</button>
    </div>
    <div class="zoom-stage" ref=${stage}>
      <div class="zoom-picture" style=${place}>
        ${picture?.lost
          ? html`<p class="stage-lost"><strong>No picture</strong><span>${picture.lost}</span></p>`
          : picture &&
            html`<img class="stage-image" src=${drawn.url} alt=${said} decoding="sync" draggable=${false} />
              <${Overlay} frame=${drawn} shown=${shown} layers=${layers} />`}
      </div>
    </div>
  </dialog>`;
}

/** @param {{name: string, sign: string, disabled: boolean, act: () => void}} props */
function Press({ name, sign, disabled, act }) {
  return html`<button type="button" class="button square" aria-label=${name} disabled=${disabled} onClick=${act}>
    ${sign}
  </button>`;
}

/**
 * Wheel, drag and pinch on an element.
 * @param {{current: HTMLElement | null}} stage
 * @param {(factor: number, at?: {x: number, y: number}) => void} zoomBy
 * @param {(x: number, y: number) => void} panBy
 */
function usePointers(stage, zoomBy, panBy) {
  const acts = useRef({ zoomBy, panBy });
  acts.current = { zoomBy, panBy };
  useEffect(() => {
    const element = stage.current;
    if (!element) return undefined;
    /** @type {Map<number, {x: number, y: number}>} */
    const held = new Map();
    const at = (/** @type {MouseEvent} */ event) => {
      const { left, top } = element.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const spread = () => {
      const [a, b] = [...held.values()];
      if (!a || !b) return null;
      return { apart: Math.hypot(a.x - b.x, a.y - b.y), middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
    };
    const wheel = (/** @type {WheelEvent} */ event) => {
      event.preventDefault();
      acts.current.zoomBy(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002)), at(event));
    };
    const down = (/** @type {PointerEvent} */ event) => {
      element.setPointerCapture(event.pointerId);
      held.set(event.pointerId, at(event));
    };
    const move = (/** @type {PointerEvent} */ event) => {
      const from = held.get(event.pointerId);
      if (!from) return;
      const before = spread();
      const to = at(event);
      held.set(event.pointerId, to);
      const after = spread();
      if (before && after) {
        acts.current.panBy(after.middle.x - before.middle.x, after.middle.y - before.middle.y);
        if (before.apart > 0) acts.current.zoomBy(after.apart / before.apart, after.middle);
      } else acts.current.panBy(to.x - from.x, to.y - from.y);
    };
    const up = (/** @type {PointerEvent} */ event) => held.delete(event.pointerId);
    element.addEventListener("wheel", wheel, { passive: false });
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", up);
    return () => {
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", up);
    };
  }, [stage]);
}
