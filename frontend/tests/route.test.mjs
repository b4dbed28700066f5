import assert from "node:assert/strict";
import { test } from "node:test";
import {
  apiQuery, changed, cleared, filterCount, formatRoute, OUTCOMES, parseRoute, SORTS, TABS,
} from "../../smokewatch/viewer/static/js/replay/route.js";
import { toggled } from "../../smokewatch/viewer/static/js/queries.js";
import { chance } from "./reply.mjs";

test("a state that is written and read again is the same state", () => {
  const next = chance(1);
  const some = (/** @type {readonly string[]} */ values) => values.filter(() => next() < 0.4);
  for (let round = 0; round < 500; round += 1) {
    const evaluating = next() < 0.5;
    const sequence = next() < 0.5 ? null : `alert_api-${round}_${Math.floor(next() * 1e6)}`;
    const route = {
      ...parseRoute(""),
      mode: evaluating ? "eval" : "monitor",
      organization: some(["a:1", "b c:2", "d&e=f:3"]).sort(),
      camera: some(["a:1:2", "é:3:-4"]).sort(),
      decision: some(["discard", "keep", "none"]),
      match: some(["dropped", "exact", "not_replayed", "unexplained", "window"]),
      reason: some(["<script>", "no_images"]),
      release: some(["0.3.0", "1+1 %41"]).sort(),
      label: some(["fp", "smoke", "unknown"]),
      outcome: evaluating ? some([...OUTCOMES].sort()) : [],
      from: next() < 0.5 ? "2026-02-28" : "",
      to: next() < 0.5 ? "2026-03-01" : "",
      q: next() < 0.5 ? "" : "a b&c=d #?%/é",
      threshold: evaluating && next() < 0.7 ? Math.round(next() * 100) / 100 : null,
      sort: `${next() < 0.5 ? "-" : ""}${SORTS[Math.floor(next() * (SORTS.length - (evaluating ? 0 : 1)))]}`,
      sequence,
      tab: sequence === null ? "frames" : TABS[Math.floor(next() * TABS.length)],
      window: sequence !== null && next() < 0.5 ? "full" : "matched",
      frame: sequence === null || next() < 0.5 ? null : Math.floor(next() * 30),
    };
    assert.deepEqual(parseRoute(formatRoute(/** @type {any} */ (route))), route);
  }
});

test("what does not parse is left out, and the page still has a state", () => {
  const usual = parseRoute("");
  for (const query of [
    "threshold=abc", "threshold=1.5", "threshold=-0", "threshold=NaN", "threshold=", "from=2026-02-30", "to=today",
    "mode=triage", "tab=<script>", "frame=-1", "frame=1e3", "sequence=", "sequence=none", "sort=-id;drop", "label=x",
    "organization=x", "camera=a:1", "match=no", "outcome=kept", "decision=", "release=", "reason=", "%", "a=%ff",
  ]) {
    assert.deepEqual(parseRoute(`?${query}`), usual, query);
  }
});

test("every threshold n/100 survives the address to the last bit", () => {
  for (let n = 0; n <= 100; n += 1) {
    const route = { ...parseRoute("?mode=eval"), threshold: n / 100 };
    assert.equal(parseRoute(formatRoute(route)).threshold, n / 100);
  }
});

test("the API is asked for the rows of the page: evaluation is of labelled ones, defaults are written out", () => {
  const query = (/** @type {string} */ search) => new URLSearchParams(apiQuery(parseRoute(search), 0.35));
  assert.deepEqual(query("?mode=eval").getAll("label"), ["fp", "smoke"]);
  assert.deepEqual(query("?mode=eval&label=unknown").getAll("label"), ["unknown"]);
  assert.equal(query("?mode=eval").get("threshold"), "0.35");
  assert.equal(query("").get("threshold"), null);
  assert.equal(query("?mode=eval&outcome=fp-kept").get("outcome"), "fp-kept");
  assert.equal(query("").get("sort"), "-started_at");
  assert.equal(query("?mode=eval&sequence=a_1&tab=raw&frame=3").get("sequence"), null);
});

test("another sequence begins at its own first frame and matched window, and keeps the tab", () => {
  const route = parseRoute("?sequence=a_1&tab=tubes&window=full&frame=7");
  const next = changed(route, { sequence: "a_2" });
  assert.deepEqual([next.tab, next.window, next.frame], ["tubes", "matched", null]);
  assert.equal(changed(route, { sequence: "a_2", frame: 3 }).frame, 3);
  assert.equal(changed(route, { tab: "raw" }).frame, 7);
});

test("clearing leaves no filter, and nothing else changes", () => {
  const route = parseRoute("?mode=eval&threshold=0.2&organization=a:1&match=exact&match=window&q=x&from=2026-01-01&sort=frames");
  assert.equal(filterCount(route), 5);
  const empty = changed(route, cleared());
  assert.equal(filterCount(empty), 0);
  assert.deepEqual([empty.mode, empty.threshold, empty.sort], ["eval", 0.2, "frames"]);
});

test("a value toggles in and out, in a settled order", () => {
  assert.deepEqual(toggled(["b"], "a"), ["a", "b"]);
  assert.deepEqual(toggled(["a", "b"], "a"), ["b"]);
});

test("monitoring has no threshold of its own and no outcomes, whatever the address says", () => {
  const route = parseRoute("?threshold=0.2&outcome=fp-kept&sort=-outcome");
  assert.deepEqual(route, parseRoute(""));
  const left = changed(parseRoute("?mode=eval&threshold=0.2&outcome=fp-kept&match=exact"), { mode: "monitor" });
  assert.deepEqual(left, parseRoute("?match=exact"));
});
