/** The qualification screen's address and words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, formatRoute, parseRoute } from "../../smokewatch/viewer/static/js/qualification/route.js";
import { changeWords, decisionWords, shareWords } from "../../smokewatch/viewer/static/js/qualification/words.js";

test("a state's query reads back as the state", () => {
  for (const search of ["", "?run=a-b", "?run=a&flip=keep_to_discard&sequence=alert-api_7&frame=3"]) {
    assert.equal(formatRoute(parseRoute(search)), search);
  }
  assert.deepEqual(parseRoute("?flip=both&frame=2&sequence=&x=1"), parseRoute(""));
});

test("another report has other sequences", () => {
  const open = parseRoute("?run=a&sequence=alert-api_7&frame=3");
  assert.equal(formatRoute(changed(open, { run: "b" })), "?run=b");
  assert.equal(formatRoute(changed(open, { run: "a", flip: "discard_to_keep" })), "?run=a&flip=discard_to_keep&sequence=alert-api_7&frame=3");
  assert.equal(formatRoute(changed(open, { sequence: null })), "?run=a");
});

test("figures are told with their intervals, and a score by the side it is on", () => {
  assert.equal(shareWords({ value: 0.5, count: 1, number: 2, low: 0.0126, high: 0.9874 }), "0.500 (1 of 2; 0.013 to 0.987)");
  assert.equal(shareWords({ value: null, count: 0, number: 0, low: 0, high: 1 }), "none labelled");
  assert.equal(changeWords({ number: 66, lost: 22, gained: 0, low: -0.47, high: -0.2, p: 4.8e-7, change: -1 / 3 }), "−0.333 (−0.470 to −0.200), p 4.8e-7");
  assert.equal(decisionWords(0.45, 0.45000000000000007), "0.4500 < 0.45");
});
