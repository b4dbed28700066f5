// Pure drawing rules of tubes on frames: no DOM. Source: contracts/temporal-model, section 6 (the peer's viewer).
// Boxes are (cx, cy, w, h), normalized to the frame; slots count in the padded window, positions in the window as
// it was asked for.

/** @typedef {[cx: number, cy: number, w: number, h: number]} Box */
/** @typedef {{frame_idx: number, bbox: Box | null, is_gap: boolean, confidence: number | null}} Entry */
/**
 * @typedef {object} Tube
 * @property {number} tube_id
 * @property {number} start_frame slot
 * @property {number} end_frame slot
 * @property {number | null} logit
 * @property {number | null} probability
 * @property {number | null} first_crossing_frame slot
 * @property {Entry[]} entries
 * @property {Box | null} [stabilized_window]
 */
/** @typedef {{aggregation: string | null, threshold: number | null, trigger_tube_id: number | null}} Decision */
/** @typedef {"decisive" | "would" | "other"} Role */
/** @typedef {{left: number, top: number, width: number, height: number}} Rectangle */
/**
 * What is drawn of one tube on one frame.
 * @typedef {object} Shape
 * @property {Tube} tube
 * @property {Box} box
 * @property {boolean} dashed no box on this frame: the stabilized window stands in
 * @property {boolean} gap the release filled this frame in
 * @property {number | null} confidence
 */

export const PALETTE_SIZE = 10;
export const CROP_CONTEXT = 2.0;

/**
 * Where a slot of the padded window is in the request's frames.
 * @param {number} slot
 * @param {readonly number[]} padded slots that only repeat another frame
 * @returns {number | null} null: a padded slot, which shows no frame of its own
 */
export function positionOf(slot, padded) {
  if (padded.includes(slot)) return null;
  return slot - padded.filter((other) => other < slot).length;
}

/**
 * @param {readonly Entry[]} entries
 * @returns {Box | null} around the observed boxes; around all where none was observed; null without any
 */
export function stabilizedWindow(entries) {
  const boxed = entries.filter((entry) => entry.bbox !== null);
  const observed = boxed.filter((entry) => !entry.is_gap);
  const boxes = /** @type {Box[]} */ ((observed.length ? observed : boxed).map((entry) => entry.bbox));
  if (!boxes.length) return null;
  const left = Math.min(...boxes.map(([cx, , w]) => cx - w / 2));
  const right = Math.max(...boxes.map(([cx, , w]) => cx + w / 2));
  const top = Math.min(...boxes.map(([, cy, , h]) => cy - h / 2));
  const bottom = Math.max(...boxes.map(([, cy, , h]) => cy + h / 2));
  return [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top];
}

/**
 * @param {Tube} tube
 * @returns {Box | null} as the document tells it, else computed
 */
export function windowOf(tube) {
  return tube.stabilized_window ?? stabilizedWindow(tube.entries);
}

/**
 * Whether a tube alone would have raised the alarm: its probability, or its logit where logits decide.
 * @param {Tube} tube
 * @param {Decision} decision
 */
export function wouldTrigger(tube, decision) {
  const value = decision.aggregation === "logistic" ? tube.probability : tube.logit;
  return value !== null && value !== undefined && decision.threshold !== null && value >= decision.threshold;
}

/**
 * @param {Tube} tube
 * @param {Decision} decision
 * @returns {Role}
 */
export function roleOf(tube, decision) {
  if (tube.tube_id === decision.trigger_tube_id) return "decisive";
  return wouldTrigger(tube, decision) ? "would" : "other";
}

/** @param {Role} role @returns {number} stroke width, px */
export function strokeOf(role) {
  return { decisive: 3, would: 2, other: 1.5 }[role];
}

/** @param {number} tubeId @returns {number} index into the palette */
export function paletteIndex(tubeId) {
  return ((tubeId % PALETTE_SIZE) + PALETTE_SIZE) % PALETTE_SIZE;
}

/**
 * What to draw on the frame at a position of the window: each tube's box there, else its stabilized window dashed.
 * @param {readonly Tube[]} tubes
 * @param {number} position
 * @param {readonly number[]} padded
 * @returns {Shape[]} tubes without any box are left out
 */
export function shapesOn(tubes, position, padded) {
  return tubes.flatMap((tube) => {
    const entry = tube.entries.find((one) => one.bbox !== null && positionOf(one.frame_idx, padded) === position);
    const box = entry?.bbox ?? windowOf(tube);
    if (!box) return [];
    return [{ tube, box, dashed: !entry, gap: entry?.is_gap ?? false, confidence: entry?.confidence ?? null }];
  });
}

/** @param {Box} box @returns {Rectangle} normalized */
export function rectangleOf([cx, cy, w, h]) {
  return { left: cx - w / 2, top: cy - h / 2, width: w, height: h };
}

/** @param {readonly number[]} corners x1, y1, x2, y2 (and more) @returns {Rectangle} normalized */
export function rectangleOfCorners([x1 = 0, y1 = 0, x2 = 0, y2 = 0]) {
  return { left: x1, top: y1, width: x2 - x1, height: y2 - y1 };
}

/**
 * The square around a box with its context, in pixels; it may reach past the frame's edges.
 * @param {Box} box
 * @param {number} width the frame's, px
 * @param {number} height px
 * @param {number} [context] how many times the box's longer side
 * @returns {{left: number, top: number, side: number}} px of the frame
 */
export function cropSquare([cx, cy, w, h], width, height, context = CROP_CONTEXT) {
  const side = Math.max(w * width, h * height) * context;
  return { left: cx * width - side / 2, top: cy * height - side / 2, side };
}

/**
 * Where a frame lies in a crop's square of `size` px, so that the crop is what shows.
 * @param {{left: number, top: number, side: number}} square
 * @param {number} width the frame's, px
 * @param {number} height px
 * @param {number} size px on the screen
 * @returns {Rectangle} px on the screen
 */
export function frameInCrop(square, width, height, size) {
  const scale = square.side > 0 ? size / square.side : 1;
  return { left: -square.left * scale, top: -square.top * scale, width: width * scale, height: height * scale };
}

/** @typedef {{width: number, height: number}} Size px */
/**
 * A zoomed picture: at `scale` 1 all of it is on the stage, (x, y) is its left upper corner, px of the stage.
 * @typedef {{scale: number, x: number, y: number}} View
 */

export const WHOLE = Object.freeze({ scale: 1, x: 0, y: 0 });
export const LARGEST = 16;

/**
 * The largest size of a picture that a stage holds.
 * @param {number} ratio width / height
 * @param {Size} stage
 * @returns {Size}
 */
export function fitted(ratio, stage) {
  const width = Math.min(stage.width, stage.height * ratio);
  return { width, height: width / ratio };
}

/**
 * Keeps the picture on the stage: centred where it is smaller, else no edge of it comes inside.
 * @param {View} view
 * @param {Size} picture at scale 1
 * @param {Size} stage
 * @returns {View}
 */
export function contained({ scale, x, y }, picture, stage) {
  const kept = Math.min(LARGEST, Math.max(1, scale));
  return {
    scale: kept,
    x: along(x, picture.width * kept, stage.width),
    y: along(y, picture.height * kept, stage.height),
  };
}

/** @param {number} start @param {number} length @param {number} room */
function along(start, length, room) {
  return length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, start));
}

/**
 * Zooms about a point of the stage, which stays where it is.
 * @param {View} view
 * @param {number} factor
 * @param {{x: number, y: number}} at px of the stage
 * @param {Size} picture at scale 1
 * @param {Size} stage
 * @returns {View}
 */
export function zoomed(view, factor, at, picture, stage) {
  const from = contained(view, picture, stage);
  const scale = Math.min(LARGEST, Math.max(1, from.scale * factor));
  const grown = scale / from.scale;
  return contained({ scale, x: at.x - (at.x - from.x) * grown, y: at.y - (at.y - from.y) * grown }, picture, stage);
}

/** @typedef {{left: number, top: number}} Place px from the picture's top left */

/** How many lines of tags may stack above or below a box. */
const STACK = 12;

/**
 * Where the tags of boxes go so that none covers another: above its box or below it, further up or down, in its corner,
 * always inside the picture and where possible over no box. Those that come last in the list choose first; who finds no
 * room keeps the first choice.
 * @param {Rectangle[]} boxes normalized
 * @param {Size[]} sizes the tags', px
 * @param {Size} picture px
 * @returns {Place[]} as many as there are boxes
 */
export function placeTags(boxes, sizes, picture) {
  const { width: wide, height: high } = picture;
  const drawn = boxes.map(({ left, top, width, height }) => ({ left: left * wide, top: top * high, width: width * wide, height: height * high }));
  /** @type {(Place & Size)[]} */
  const taken = [];
  /** @type {Place[]} */
  const places = [];
  for (let at = boxes.length - 1; at >= 0; at -= 1) {
    const { left, top, width: across, height: down } = drawn[at];
    const { width, height } = sizes[at] ?? { width: 0, height: 0 };
    const within = (/** @type {number} */ px) => Math.min(Math.max(0, px), Math.max(0, wide - width));
    const columns = [left, left + across - width].map(within);
    const lines = [];
    for (let line = 0; line < STACK; line += 1) lines.push(top - 2 - height - line * (height + 1), top + down + 2 + line * (height + 1));
    const fitting = [...lines, top].filter((line) => line >= 0 && line + height <= high);
    const choices = fitting.flatMap((line) => columns.map((column) => ({ left: column, top: line, width, height })));
    const free = choices.filter((choice) => taken.every((other) => apart(choice, other)));
    const place = free.find((choice) => drawn.every((box) => apart(choice, box))) ?? free[0] ?? choices[0] ?? { left: columns[0], top: 0, width, height };
    taken.push(place);
    places[at] = { left: place.left, top: place.top };
  }
  return places;
}

/** @param {Place & Size} a @param {Place & Size} b */
function apart(a, b) {
  return a.left + a.width <= b.left || b.left + b.width <= a.left || a.top + a.height <= b.top || b.top + b.height <= a.top;
}
