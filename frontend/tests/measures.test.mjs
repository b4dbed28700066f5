import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDifference, formatScore, formatShare, shownName } from "../../smokewatch/viewer/static/js/format.js";
import {
  calibration, calibrationByRelease, confusion, contradictions, rates, span, sweep,
} from "../../smokewatch/viewer/static/js/replay/measures.js";
import { LABELS } from "../../smokewatch/viewer/static/js/replay/route.js";
import { nearestStep, SWEEP } from "../../smokewatch/viewer/static/js/thresholds.js";
import { manyRows, rowsOf } from "./reply.mjs";

const everyRow = (rows) => Int32Array.from({ length: rows.count }, (_, row) => row);

test("the confusion at every threshold is what counting by hand gives", () => {
  const rows = manyRows(600, 6);
  for (let n = 0; n <= 100; n += 1) {
    const found = confusion(rows, everyRow(rows), n / 100);
    const counted = { smokeKept: 0, smokeDiscarded: 0, fpKept: 0, fpDiscarded: 0 };
    for (let row = 0; row < rows.count; row += 1) {
      const label = LABELS[rows.label[row]];
      const score = rows.recorded[row];
      if (label === "unknown" || rows.contradicts[row] || Number.isNaN(score)) continue;
      counted[`${label}${score >= n / 100 ? "Kept" : "Discarded"}`] += 1;
    }
    assert.deepEqual(found, counted);
  }
});

test("recall, false positives filtered and precision are parts of the right wholes", () => {
  const { recall, specificity, precision } = rates({ smokeKept: 6, smokeDiscarded: 2, fpKept: 3, fpDiscarded: 9 });
  assert.deepEqual([recall, specificity, precision], [{ part: 6, whole: 8 }, { part: 9, whole: 12 }, { part: 6, whole: 9 }]);
});

test("the sweep is the confusion at its steps, and the steps are n/100 to the last bit", () => {
  const rows = manyRows(200, 7);
  assert.deepEqual(SWEEP, [0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9]);
  for (const { threshold, counts } of sweep(rows, everyRow(rows))) assert.deepEqual(counts, confusion(rows, everyRow(rows), threshold));
});

test("the nearest step of the sweep, the lower one of two as near", () => {
  for (const [threshold, step] of [[0, 0.1], [0.32, 0.3], [0.33, 0.35], [0.37, 0.35], [0.38, 0.4], [0.15, 0.1], [0.65, 0.6], [1, 0.9], [0.425, 0.4]]) {
    assert.equal(nearestStep(threshold), step, String(threshold));
  }
});

test("calibration: bins are [n/10, (n+1)/10), the last one closed, and the ECE weighs them by their share", () => {
  const rows = rowsOf([
    ...[0, 0.05, 0.1, 0.3, 0.6, 0.7, 0.9, 0.99, 1].map((score) => ({ recorded_score: score, label: 2 })),
    { recorded_score: 0.1, label: 1 },
    { recorded_score: 0.1, label: 0 }, { label: 2 }, { recorded_score: 0.1, label: 1, contradicts: 1 },
  ]);
  const { count, bins, ece } = calibration(rows, everyRow(rows));
  assert.equal(count, 10);
  assert.deepEqual(bins.map((bin) => bin.count), [2, 2, 0, 1, 0, 0, 1, 1, 0, 3]);
  assert.equal(bins[1].smoke, 0.5);
  const gaps = 2 * Math.abs(0.025 - 1) + 2 * Math.abs(0.1 - 0.5) + Math.abs(0.3 - 1) + Math.abs(0.6 - 1) + Math.abs(0.7 - 1) + 3 * Math.abs(2.89 / 3 - 1);
  assert.ok(Math.abs(ece - gaps / 10) < 1e-12);
});

test("scores that mean what they say have no error, and no rows have no ECE", () => {
  const rows = rowsOf(Array.from({ length: 100 }, (_, at) => ({ recorded_score: 0.25, label: at < 25 ? 2 : 1 })));
  assert.equal(calibration(rows, everyRow(rows)).ece, 0);
  assert.ok(Number.isNaN(calibration(rows, new Int32Array(0)).ece));
});

test("releases are calibrated apart, by api version, in the order of their numbers", () => {
  const rows = rowsOf([
    { release: 2, recorded_score: 0.5, label: 2 }, { release: 0, recorded_score: 0.5, label: 2 },
    { release: 1, recorded_score: 0.5, label: 1 }, { release: -1, recorded_score: 0.5, label: 1 },
    { release: 3, recorded_score: 0.5, label: 1 },
  ]);
  const found = calibrationByRelease(rows, everyRow(rows));
  assert.deepEqual(found.map((each) => [each.apiVersion, each.calibration.count]), [["0.3.0", 2], ["0.10.0", 1]]);
  assert.equal(found[0].calibration.ece, 0);
});

test("contradictory rows are listed", () => {
  const rows = rowsOf([{ contradicts: 1 }, {}, { contradicts: 1 }]);
  assert.deepEqual(contradictions(rows, everyRow(rows)), [0, 2]);
});

test("a score is cut, not rounded: it is never shown on the side of the threshold it is not on", () => {
  for (let n = 0; n <= 100; n += 1) {
    const threshold = n / 100;
    const below = threshold - Number.EPSILON / 4;
    if (below < threshold && below > 0) assert.ok(Number(formatScore(below)) < threshold, String(below));
    assert.equal(Number(formatScore(threshold)), threshold);
  }
  assert.equal(formatScore(0.999999), "0.9999");
  assert.equal(formatScore(NaN), formatScore(null));
});

test("shares of all and of none are exact, others never look like them", () => {
  assert.equal(formatShare(9999, 10000), "99.9\u00a0%");
  assert.equal(formatShare(1, 10000), "0.1\u00a0%");
  assert.equal(formatShare(5, 5), "100\u00a0%");
  assert.equal(formatShare(0, 0), "–");
  assert.equal(formatDifference(0), "0");
});

test("hostile names are one line of plain characters, and end", () => {
  assert.equal(shownName("<script>alert(1)</script>"), "<script>alert(1)</script>");
  assert.equal(shownName("a\u202eb\u0000c\nd"), "a b c d");
  assert.ok(shownName("x".repeat(10_000)).length < 130);
  assert.equal(shownName("\u200b"), "–");
});

test("the span is from the first start to the last, of the rows asked for", () => {
  const rows = rowsOf([{ started_at: 30 }, { started_at: 20 }, { started_at: 10 }]);
  assert.deepEqual(span(rows, Int32Array.from([1, 2])), { first: 10, last: 20 });
  assert.equal(span(rows, new Int32Array(0)), null);
});
