/** The drift screen's address, columns, cells, plots and words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiQuery, changed, cleared, filterCount, formatRoute, parseRoute, replayAddress, whoseQuery } from "../../smokewatch/viewer/static/js/drift/route.js";
import { cameraCell, checkedDays, columnsOf, dayCell, dayScale, differences, extent, nearest, neighbourDay, runs, shownPlace, thresholdCell, ticks, weekOf, worstCameras } from "../../smokewatch/viewer/static/js/drift/store.js";
import { interval, plain, probability, scopeWords, signed, strictHeadline, thresholdWords } from "../../smokewatch/viewer/static/js/drift/words.js";

const FULL = "?baseline=night&scope=all&organization=alert-api:2&release=0.4.0&from=2026-01-31&to=2026-02-01&camera=SDIS+07/west&day=2026-02-01&mode=strict";

/** Days in a row from a first one, with these severities. */
function period(severity, { first = "2026-03-30", cells = [], cameras = [], quality = severity.map(() => []) } = {}) {
  const start = Date.parse(`${first}T00:00:00Z`);
  const day = severity.map((_, at) => new Date(start + at * 86_400_000).toISOString().slice(0, 10));
  return { days: { day, severity, strict: severity, quality }, cells, cameras: cameras.map((name) => ({ name })) };
}

test("a state's query reads back as the state", () => {
  for (const search of ["", "?days=30", "?mode=strict", FULL]) assert.equal(formatRoute(parseRoute(search)), search);
  assert.equal(filterCount(parseRoute(FULL)), 3);
});

test("what does not parse is left out", () => {
  assert.deepEqual(parseRoute("?mode=both&from=2026-02-30&days=0&organization=2&day=x&release=&x=1"), parseRoute(""));
});

test("the mode and the day ask the server for nothing else", () => {
  assert.equal(apiQuery(parseRoute("?mode=strict&day=2026-02-01")), "");
  assert.equal(apiQuery(parseRoute(FULL)), "?baseline=night&scope=all&organization=alert-api:2&release=0.4.0&from=2026-01-31&to=2026-02-01&camera=SDIS+07/west");
});

test("days and dates replace each other, another baseline has other days and cameras", () => {
  assert.equal(formatRoute(changed(parseRoute("?from=2026-01-31&to=2026-02-01"), { days: 30 })), "?days=30");
  assert.equal(formatRoute(changed(parseRoute("?days=30"), { from: "2026-01-31" })), "?from=2026-01-31");
  assert.equal(formatRoute(changed(parseRoute(FULL), { baseline: "other", scope: "all" })), "?baseline=other&scope=all&mode=strict");
  assert.equal(formatRoute(changed(parseRoute(FULL), cleared())), "?baseline=night&scope=all&from=2026-01-31&to=2026-02-01&day=2026-02-01&mode=strict");
});

test("links lead to the camera's day", () => {
  assert.equal(replayAddress({ name: "a/b", source: "alert-api", organization_id: 2, id: 3 }, "2026-04-01"), "/replay?camera=alert-api:2:3&from=2026-04-01&to=2026-04-01");
  assert.equal(replayAddress({ name: "folder", source: null, organization_id: null, id: null }, "2026-04-01"), "/replay?from=2026-04-01&to=2026-04-01");
  assert.equal(whoseQuery({ baseline: "a&b", scope: "all" }), "?baseline=a%26b&scope=all");
});

test("the shown day is the wanted one if it was checked, else the newest", () => {
  const some = period([-1, 1, -1, 4, 2]);
  assert.deepEqual(checkedDays(some), [1, 3, 4]);
  assert.equal(shownPlace(some, "2026-04-02"), 3);
  assert.equal(shownPlace(some, "2026-03-30"), 4);
  assert.equal(shownPlace(period([-1]), ""), -1);
  assert.equal(neighbourDay(some, "2026-04-02", -1), "2026-03-31");
  assert.equal(neighbourDay(some, "2026-04-03", 1), null);
});

test("columns are days, or weeks from Monday on where there are too many", () => {
  const few = columnsOf(period(Array(35).fill(1)));
  assert.equal(few.weeks, false);
  assert.equal(few.columns.length, 35);
  const many = columnsOf(period(Array(36).fill(1), { first: "2026-04-01" }));
  assert.equal(many.weeks, true);
  assert.deepEqual(many.columns.slice(0, 2).map(({ key, days }) => [key, days.length]), [["2026-03-30", 5], ["2026-04-06", 7]]);
  assert.equal(weekOf("2026-04-05"), "2026-03-30");
  assert.deepEqual(columnsOf(period([-1, -1])), { weeks: false, columns: [] });
});

test("a cell is the worst of its days, the newest of equals, and insufficient data is not none", () => {
  const alarm = { kind: "stuck_frame", label: "stuck frame", camera: "b", detail: "" };
  const some = period([1, 4, 4], {
    cameras: ["a", "b"],
    cells: [{ severity: [1, 4, 4], metric: [0, 2, 3], effect: [0, 0.2, 0.3] }, { severity: [0, -1, 0], metric: [0, -1, 0], effect: [null, null, null] }],
    quality: [[], [alarm], []],
  });
  const all = { key: "", days: [0, 1, 2] };
  assert.deepEqual(cameraCell(some, 0, all), { rank: 4, at: 2, open: 2, metric: 3, effect: 0.3, quality: [] });
  assert.deepEqual(cameraCell(some, 1, all), { rank: 0, at: 2, open: 0, metric: 0, effect: null, quality: [alarm] });
  assert.equal(dayCell(some, "calibrated", all).open, 2);
  assert.equal(cameraCell(some, 1, { key: "", days: [1] }).rank, -1);
  assert.deepEqual(worstCameras(some).map(({ camera, open }) => [camera, open]), [[0, 2], [1, 0]]);
});

test("a threshold that is exceeded is high, one without data is insufficient", () => {
  const threshold = { name: "red_mean", detector: "pixels", threshold: 0.05, shift: [null, 0.05, 0.06], exceeds: [false, false, true] };
  assert.deepEqual([0, 1, 2].map((day) => thresholdCell(threshold, { key: "", days: [day] }).rank), [0, 1, 4]);
});

test("a line is its distance from what is expected, a baseline day has its own", () => {
  const line = { expected: [null, 0.5, 0.6], value: [null, 0.7, null], low: [null, 0.4, 0.5], high: [null, 0.6, 0.7], baseline: [0.01, null, null] };
  const { values, low, high } = differences(line);
  assert.deepEqual(values.map((each) => each?.toFixed(2)), ["0.01", "0.20", undefined]);
  assert.deepEqual([low, high].map((each) => each[1]?.toFixed(2)), ["-0.10", "0.10"]);
});

test("axes hold 0 and every value, steps are round", () => {
  const [low, high] = extent([null, 0.12, undefined, -0.03]);
  assert.ok(low < -0.03 && high > 0.12);
  assert.ok(extent([null])[0] < 0);
  assert.deepEqual(ticks(-0.06, 0.11), [-0.05, 0, 0.05, 0.1]);
  for (const top of [1e-6, 0.003, 0.09, 1, 7]) assert.ok(ticks(-top, top).includes(0) && ticks(-top, top).length <= 11);
});

test("lines end at gaps, and the nearest day is found", () => {
  const days = ["2026-04-01", "2026-04-02", "2026-04-09", "2026-04-10"];
  assert.deepEqual(runs(days, () => true), [[0, 1], [2, 3]]);
  assert.deepEqual(runs(days, (at) => at !== 1), [[0], [2, 3]]);
  const x = dayScale(days, 10, 100);
  assert.deepEqual([x(0), x(1), x(3)], [10, 20, 100]);
  assert.equal(dayScale(["2026-04-01"], 10, 100)(0), 55);
  assert.equal(nearest(days, x, 18, () => true), 1);
  assert.equal(nearest(days, x, 18, (at) => at > 1), 2);
  assert.equal(nearest(days, x, 18, () => false), -1);
});

test("numbers and thresholds in words", () => {
  assert.deepEqual([0.1234, -0.1234, -0.0001, null].map((each) => signed(each)), ["+0.123", "−0.123", "0.000", "–"]);
  assert.deepEqual([plain(0.5), plain(null), interval(-0.1, 0.2)], ["0.500", "–", "−0.100 to +0.200"]);
  assert.deepEqual([0.00001, 0.0123, 0.5, null].map(probability), ["<0.0001", "0.012", "0.50", "–"]);
  assert.deepEqual(["red_mean", "class_wasserstein"].map(thresholdWords), ["Red, mean", "Classes, W1"]);
});

test("the strict verdict names the detectors", () => {
  const results = [{ detector: "pixels", exceeds: true }, { detector: "pixels", exceeds: true }, { detector: "classes", exceeds: false }];
  assert.equal(strictHeadline({ severity: "low", results }, "2026-04-01"), "Low by the fixed thresholds on 2026-04-01: pixels");
  assert.match(strictHeadline({ severity: "none", results: [] }, "2026-04-01"), /^No fixed threshold/);
  assert.match(strictHeadline({ severity: "insufficient_data", results: [] }, "2026-04-01"), /^Too little data/);
});

test("a scope names whose days they are", () => {
  const organizations = [{ source: "alert-api", id: 2, name: "SDIS 07" }];
  assert.deepEqual(["all", "images", '[["alert-api",2],["alert-api",3]]', "{"].map((each) => scopeWords(each, organizations)), ["every organization", "folders of images", "SDIS 07, alert-api:3", "{"]);
});
