// Hand-worked cases of the drawing rules (contracts/temporal-model, section 6).
import assert from "node:assert/strict";
import { test } from "node:test";

import * as geometry from "../../smokewatch/viewer/static/js/geometry.js";
import { chance } from "./reply.mjs";

/** @param {number[]} actual @param {number[]} expected */
function near(actual, expected) {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, index) => assert.ok(Math.abs(value - expected[index]) < 1e-12, `${actual} is not ${expected}`));
}

const entry = (frame_idx, bbox, is_gap = false, confidence = 0.5) => ({ frame_idx, bbox, is_gap, confidence });
const tube = (tube_id, entries, more = {}) => ({
  tube_id,
  start_frame: 0,
  end_frame: 9,
  logit: 0,
  probability: 0.5,
  first_crossing_frame: null,
  entries,
  ...more,
});

test("four frames padded to six: slots 0 and 5 are copies, the rest move up by one", () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((slot) => geometry.positionOf(slot, [0, 5])),
    [null, 0, 1, 2, 3, null],
  );
});

test("without padding a slot is a position, and the order of the padded slots does not matter", () => {
  for (let slot = 0; slot < 20; slot += 1) assert.equal(geometry.positionOf(slot, []), slot);
  assert.equal(geometry.positionOf(4, [7, 1, 0]), 2);
});

test("every position is reached by exactly one slot, whatever is padded", () => {
  for (let mask = 0; mask < 64; mask += 1) {
    const padded = [0, 1, 2, 3, 4, 5].filter((slot) => mask & (1 << slot));
    const positions = [0, 1, 2, 3, 4, 5].map((slot) => geometry.positionOf(slot, padded)).filter((at) => at !== null);
    assert.deepEqual(positions, positions.map((_, index) => index));
    assert.equal(positions.length, 6 - padded.length);
  }
});

test("the stabilized window is the union of the observed boxes", () => {
  const entries = [entry(0, [0.5, 0.5, 0.2, 0.2]), entry(1, [0.7, 0.4, 0.2, 0.4]), entry(2, [0.1, 0.1, 0.1, 0.1], true)];
  near(geometry.stabilizedWindow(entries), [0.6, 0.4, 0.4, 0.4]);
});

test("the stabilized window falls back to filled-in boxes, then to none", () => {
  near(geometry.stabilizedWindow([entry(0, [0.5, 0.5, 0.2, 0.2], true), entry(1, null)]), [0.5, 0.5, 0.2, 0.2]);
  assert.equal(geometry.stabilizedWindow([entry(0, null), entry(1, null, true)]), null);
  assert.equal(geometry.stabilizedWindow([]), null);
});

test("the document's stabilized window wins over a computed one", () => {
  const told = tube(0, [entry(0, [0.5, 0.5, 0.2, 0.2])], { stabilized_window: [0.1, 0.2, 0.3, 0.4] });
  assert.deepEqual(geometry.windowOf(told), [0.1, 0.2, 0.3, 0.4]);
  near(geometry.windowOf({ ...told, stabilized_window: null }), [0.5, 0.5, 0.2, 0.2]);
});

test("a tube would trigger at its threshold: by probability where logistic, else by logit", () => {
  const logistic = { aggregation: "logistic", threshold: 0.35, trigger_tube_id: null };
  const logits = { aggregation: "max_logit", threshold: 0.35, trigger_tube_id: null };
  assert.equal(geometry.wouldTrigger(tube(0, [], { probability: 0.35, logit: -9 }), logistic), true);
  assert.equal(geometry.wouldTrigger(tube(0, [], { probability: 0.35 - Number.EPSILON, logit: 9 }), logistic), false);
  assert.equal(geometry.wouldTrigger(tube(0, [], { probability: null, logit: 9 }), logistic), false);
  assert.equal(geometry.wouldTrigger(tube(0, [], { probability: 0, logit: 0.35 }), logits), true);
  assert.equal(geometry.wouldTrigger(tube(0, [], { probability: 1, logit: null }), logits), false);
  assert.equal(geometry.wouldTrigger(tube(0, []), { ...logistic, threshold: null }), false);
});

test("stroke 3 is the trigger tube's, 2 of those that would trigger, 1.5 of the others; tube 0 can be decisive", () => {
  const decision = { aggregation: "logistic", threshold: 0.4, trigger_tube_id: 0 };
  const roles = [tube(0, []), tube(1, []), tube(2, [], { probability: 0.1 })].map((one) => geometry.roleOf(one, decision));
  assert.deepEqual(roles, ["decisive", "would", "other"]);
  assert.deepEqual(roles.map(geometry.strokeOf), [3, 2, 1.5]);
  assert.equal(geometry.roleOf(tube(0, []), { ...decision, trigger_tube_id: null }), "would");
});

test("colours repeat after ten tubes", () => {
  assert.deepEqual([0, 9, 10, 23].map(geometry.paletteIndex), [0, 9, 0, 3]);
});

test("a padded slot's box is drawn on no frame; a tube not seen on a frame is dashed there", () => {
  const seen = tube(1, [entry(0, [0.2, 0.2, 0.1, 0.1]), entry(1, [0.3, 0.3, 0.1, 0.1]), entry(2, null, true)]);
  const boxless = tube(2, [entry(1, null)]);
  const [first] = geometry.shapesOn([seen, boxless], 0, [0, 5]);
  assert.deepEqual(first.box, [0.3, 0.3, 0.1, 0.1]);
  assert.equal(first.dashed, false);
  const [second, ...rest] = geometry.shapesOn([seen, boxless], 1, [0, 5]);
  assert.equal(second.dashed, true);
  near(second.box, [0.25, 0.25, 0.2, 0.2]);
  assert.equal(rest.length, 0);
});

test("a filled-in box is drawn where it is, and told", () => {
  const [shape] = geometry.shapesOn([tube(0, [entry(0, [0.5, 0.5, 0.1, 0.1], true)])], 0, []);
  assert.deepEqual([shape.dashed, shape.gap], [false, true]);
});

test("boxes become rectangles", () => {
  near(Object.values(geometry.rectangleOf([0.5, 0.4, 0.2, 0.1])), [0.4, 0.35, 0.2, 0.1]);
  near(Object.values(geometry.rectangleOfCorners([0.1, 0.2, 0.4, 0.7, 0.9])), [0.1, 0.2, 0.3, 0.5]);
});

test("a crop is the square of twice the longer side in pixels, and is not kept inside the frame", () => {
  // 0.1 of 1280 px is 128, 0.2 of 720 px is 144: the height is longer.
  near(Object.values(geometry.cropSquare([0.5, 0.5, 0.1, 0.2], 1280, 720)), [640 - 144, 360 - 144, 288]);
  const corner = geometry.cropSquare([0, 0, 0.1, 0.1], 1000, 500);
  near(Object.values(corner), [-100, -100, 200]);
  near(Object.values(geometry.frameInCrop(corner, 1000, 500, 100)), [50, 50, 500, 250]);
});

test("the crop shows the box's middle in its middle, at any size", () => {
  for (const size of [50, 200, 333]) {
    const square = geometry.cropSquare([0.83, 0.12, 0.07, 0.03], 640, 360);
    const { left, top, width, height } = geometry.frameInCrop(square, 640, 360, size);
    near([left + 0.83 * width, top + 0.12 * height], [size / 2, size / 2]);
  }
});

test("zooming keeps the point under the pointer, unless an edge would come inside", () => {
  const stage = { width: 400, height: 200 };
  const view = geometry.zoomed(geometry.WHOLE, 2, { x: 100, y: 50 }, stage, stage);
  assert.deepEqual(view, { scale: 2, x: -100, y: -50 });
  assert.deepEqual(geometry.zoomed(view, 0.1, { x: 0, y: 0 }, stage, stage), { scale: 1, x: 0, y: 0 });
  assert.equal(geometry.zoomed(view, 1000, { x: 0, y: 0 }, stage, stage).scale, geometry.LARGEST);
  assert.deepEqual(geometry.contained({ scale: 2, x: 30, y: -900 }, stage, stage), { scale: 2, x: 0, y: -200 });
});

test("a picture smaller than its stage is centred, and may grow past it", () => {
  const stage = { width: 400, height: 800 };
  const picture = geometry.fitted(2, stage);
  assert.deepEqual(picture, { width: 400, height: 200 });
  assert.deepEqual(geometry.fitted(0.25, stage), { width: 200, height: 800 });
  assert.deepEqual(geometry.contained(geometry.WHOLE, picture, stage), { scale: 1, x: 0, y: 300 });
  assert.deepEqual(geometry.contained({ scale: 2, x: -50, y: -50 }, picture, stage), { scale: 2, x: -50, y: 200 });
  assert.deepEqual(geometry.zoomed(geometry.WHOLE, 8, { x: 200, y: 400 }, picture, stage), { scale: 8, x: -1400, y: -400 });
});

test("tags of boxes that lie together cover neither each other nor the picture's edge; one alone stands above its box", () => {
  const next = chance(11);
  const picture = { width: 640, height: 360 };
  for (let round = 0; round < 300; round += 1) {
    const boxes = Array.from({ length: 1 + Math.floor(next() * 10) }, () => {
      const [left, top] = [next() * 0.3 + (round % 3) * 0.35, next() * 0.2 + (round % 5) * 0.2];
      return { left, top, width: Math.min(0.2, 1 - left) * next(), height: Math.min(0.2, 1 - top) * next() };
    });
    const sizes = boxes.map(() => ({ width: 40 + next() * 50, height: 16 }));
    const placed = geometry.placeTags(boxes, sizes, picture).map((place, at) => ({ ...place, ...sizes[at] }));
    assert.equal(placed.length, boxes.length);
    placed.forEach((tag, at) => {
      assert.ok(tag.left >= 0 && tag.top >= 0 && tag.left + tag.width <= 640 + 1e-9 && tag.top + tag.height <= 360);
      for (const other of placed.slice(at + 1)) {
        const apart = tag.left + tag.width <= other.left || other.left + other.width <= tag.left || tag.top + 16 <= other.top || other.top + 16 <= tag.top;
        assert.ok(apart, `round ${round}: a tag covers another`);
      }
    });
    const [alone] = geometry.placeTags(boxes.slice(0, 1), sizes, picture);
    const [upper, lower] = [boxes[0].top * 360, (boxes[0].top + boxes[0].height) * 360];
    near([alone.top], [upper >= 18 ? upper - 18 : lower + 2]);
  }
});

test("tags without room, or before the picture's size is known, still have places", () => {
  const box = { left: 0.1, top: 0.1, width: 0.2, height: 0.2 };
  assert.deepEqual(geometry.placeTags([box, box], [], { width: 0, height: 0 }), [{ left: 0, top: 0 }, { left: 0, top: 0 }]);
  assert.deepEqual(geometry.placeTags([], [], { width: 640, height: 360 }), []);
  for (const { left, top } of geometry.placeTags([box, box], [1, 2].map(() => ({ width: 90, height: 16 })), { width: 50, height: 10 })) {
    assert.ok(left === 0 && Number.isFinite(top));
  }
});

test("a tag covers no neighbour's box where it can stand elsewhere", () => {
  const boxes = [0.2, 0.3, 0.4].map((left) => ({ left, top: 0.5, width: 0.06, height: 0.1 }));
  const picture = { width: 486, height: 273 };
  const places = geometry.placeTags(boxes, boxes.map(() => ({ width: 85, height: 16 })), picture);
  for (const { left, top } of places) {
    for (const box of boxes) {
      const [x, y] = [box.left * 486, box.top * 273];
      assert.ok(left + 85 <= x || left >= x + 0.06 * 486 || top + 16 <= y || top >= y + 0.1 * 273);
    }
  }
});
