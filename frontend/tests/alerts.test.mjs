/** The alerts screen's address and words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiQuery, changed, cleared, filterCount, formatRoute, neighbour, onlyDay, parseRoute, periodQuery } from "../../smokewatch/viewer/static/js/alerts/route.js";
import { withNewest } from "../../smokewatch/viewer/static/js/alerts/pages.js";
import { azimuthWords, whyWords } from "../../smokewatch/viewer/static/js/alerts/words.js";

const FULL = "?from=2026-01-31&to=2026-02-01&risk_score=low&unlabeled=1&organization=alert-api:2&organization=x:y:3&class=none&class=very_low&side=held";

test("a state's query reads back as the state", () => {
  for (const search of ["", "?side=held", "?latest=1", FULL]) assert.equal(formatRoute(parseRoute(search)), search);
  assert.equal(filterCount(parseRoute(FULL)), 5);
});

test("what does not parse is left out", () => {
  const state = parseRoute("?side=both&from=2026-02-30&latest=yes&organization=2&class=severe&risk_score=none&x=1");
  assert.deepEqual(state, parseRoute(""));
});

test("days and the last 24 hours replace each other", () => {
  const days = parseRoute("?from=2026-01-31");
  assert.equal(formatRoute(changed(days, { latest: true })), "?latest=1");
  assert.equal(formatRoute(changed(parseRoute("?latest=1"), { from: "2026-01-31" })), "?from=2026-01-31");
  assert.equal(formatRoute(parseRoute("?latest=1&to=2026-01-31")), "?to=2026-01-31");
});

test("the period stays when filters are cleared, and is asked for without them", () => {
  const state = parseRoute(FULL);
  assert.equal(formatRoute(changed(state, cleared())), "?from=2026-01-31&to=2026-02-01&risk_score=low&side=held");
  assert.equal(periodQuery(state), "?from=2026-01-31&to=2026-02-01&risk_score=low&unlabeled=1");
  assert.equal(apiQuery(parseRoute("?class=low&side=held"), { limit: "50" }), "?class=low&limit=50");
});

test("days have neighbours over months and years", () => {
  assert.equal(neighbour("2026-03-01", -1), "2026-02-28");
  assert.equal(neighbour("2026-12-31", 1), "2027-01-01");
  assert.equal(onlyDay({ start: "2026-12-31T00:00:00Z", end: "2027-01-01T00:00:00Z" }), "2026-12-31");
  assert.equal(onlyDay({ start: "2026-12-30T00:00:00Z", end: "2027-01-01T00:00:00Z" }), null);
  assert.equal(onlyDay({ start: "2026-12-31T00:00:01Z", end: "2027-01-01T00:00:00Z" }), null);
  assert.equal(onlyDay({ start: "2026-12-31T10:00:00Z", end: null }), null);
});

test("why a sequence is held back or not is said in full", () => {
  const low = { max_conf: 0.4499, fwi_class: "very_low", threshold: 0.6, passes: false };
  assert.equal(whyWords(low), "0.4499 < 0.6, very low");
  assert.equal(whyWords({ ...low, max_conf: 0.6, passes: true }), "0.6 ≥ 0.6, very low");
  assert.equal(whyWords({ ...low, max_conf: null, passes: true }), "very low asks ≥ 0.6, none is known");
  assert.equal(whyWords({ ...low, fwi_class: "high", threshold: null, passes: true }), "high asks for nothing");
  assert.equal(whyWords({ ...low, fwi_class: null, threshold: null, passes: true }), "no class is known");
  assert.equal(azimuthWords(null), "–");
});

test("pages read again keep what was read beyond them, unless they no longer meet", () => {
  const items = (...keys) => keys.map((key) => ({ key }));
  const held = { items: items("e", "d", "c", "b"), cursor: "b" };
  const keys = (pages) => [pages.items.map(({ key }) => key).join(""), pages.cursor];
  assert.deepEqual(keys(withNewest(held, { items: items("f", "e", "c"), cursor: "c" })), ["fecb", "b"]);
  assert.deepEqual(keys(withNewest(held, { items: items("e", "d", "c", "b"), cursor: "b2" })), ["edcb", "b2"]);
  assert.deepEqual(keys(withNewest(held, { items: items("h", "g", "f"), cursor: "f" })), ["hgf", "f"]);
  assert.deepEqual(keys(withNewest(held, { items: items("e", "c"), cursor: null })), ["ec", null]);
  assert.deepEqual(keys(withNewest(held, { items: [], cursor: null })), ["", null]);
});
