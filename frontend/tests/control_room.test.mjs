/** The control room's words, addresses and pages, without a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as history from "../../smokewatch/viewer/static/js/history/route.js";
import { decodeRows, keyAt, rowOf, withNewest, withNext } from "../../smokewatch/viewer/static/js/history/pages.js";
import { imageWords, percent, rateTone, rateWords, sizeWords, spanWords, sparkPath, verdictOf } from "../../smokewatch/viewer/static/js/overview/words.js";
import * as runs from "../../smokewatch/viewer/static/js/runs/route.js";
import { countWords, valueWords } from "../../smokewatch/viewer/static/js/runs/words.js";

const light = (name, state) => ({ name, label: name, state, text: `${name} says`, value: null });
const live = (states, last_error = null) => ({ runs: [], last_error, lights: Object.entries(states).map(([name, state]) => light(name, state)) });
const failed = { run_id: "a/b", kind: "import", at: "2026-01-31T07:00:00Z", text: "502" };

test("what is wrong comes first, causes before what they cause, wrong before watched", () => {
  const told = verdictOf(live({ match: "bad", disk: "warn", docker: "bad", prefect: "unknown" }, failed));
  assert.deepEqual([told.state, told.title, told.text], ["bad", "First: docker", "docker says"]);
  assert.match(told.also, /^Then: match, disk\. Failed: import, 07:00:00 UTC\. Not known: prefect\.$/);
});

test("all is well only where no light and no failed run says otherwise", () => {
  assert.equal(verdictOf(live({ match: "ok", prefect: "unknown" })).state, "ok");
  assert.equal(verdictOf(live({ match: "unknown" })).state, "unknown");
  const told = verdictOf(live({ match: "ok" }, failed));
  assert.deepEqual([told.state, told.advice?.href], ["warn", "/runs/a%2Fb"]);
  const later = (state, at) => [{ kind: "import", state, at }];
  assert.equal(verdictOf(live({ match: "ok" }, failed), later("completed", "2026-01-31T08:00:00Z")).state, "ok");
  assert.equal(verdictOf(live({ match: "ok" }, failed), later("completed", "2026-01-31T06:00:00Z")).state, "warn");
  assert.equal(verdictOf(live({ match: "ok" }, failed), later("failed", "2026-01-31T08:00:00Z")).state, "warn");
});

test("a rate's tone changes at 80 % and 60 %, and is never written as what it is not", () => {
  assert.deepEqual([1, 0.8, 0.7999, 0.6, 0.5999, 0, null].map(rateTone), ["good", "good", "fair", "fair", "poor", "poor", "none"]);
  assert.deepEqual([0.7999, 0.29, 1, null].map(percent), ["79\u00a0%", "29\u00a0%", "100\u00a0%", "–"]);
});

test("rates, spans, sizes and images are written for people", () => {
  assert.deepEqual([1.84, 0.5, 0.05, 0, null].map(rateWords), ["1.8 /s", "30 /min", "3.0 /min", "0.0 /s", "–"]);
  assert.deepEqual([0, 59, 240, 4830, 90_000, 300_000, null, Infinity].map(spanWords), ["0 s", "59 s", "4 min", "1 h 21 min", "1 d", "3 d", "–", "–"]);
  assert.deepEqual([0, 812, 48_000, 3.5e9, 2e12, null].map(sizeWords), ["0 B", "812 B", "48 KB", "3.5 GB", "2.0 TB", "–"]);
  assert.equal(imageWords({ reference: "pyronear/temporal-model-api:0.3.1", identity: "sha256:5f2c1e889900" }), "temporal-model-api:0.3.1@5f2c1e88");
  assert.equal(sparkPath([1], 10, 10), "");
  assert.equal(sparkPath([0, 2], 10, 10), "M0.0 9.0L10.0 1.0");
});

const FULL = "?status=dropped&organization=alert-api:2&camera=alert-api:2:7&release=0.3.1&frames=11%2B&kind=replay&from=2026-01-31&to=2026-02-01&q=cam&row=7&sequence=alert-api_1&tab=replay&window=full&frame=2";

test("an address of the history reads back as its state, and what does not parse is left out", () => {
  for (const search of ["", "?frames=4", FULL]) assert.equal(history.formatRoute(history.parseRoute(search)), search);
  assert.deepEqual(history.parseRoute("?status=no&organization=2&frames=x&row=-1&sequence=_&from=2026-02-30&tab=no"), history.parseRoute(""));
  assert.equal(history.apiQuery(history.parseRoute(FULL), { limit: "5" }), `${FULL.slice(0, FULL.indexOf("&row"))}&limit=5`);
  assert.equal(history.filterCount(history.parseRoute(FULL)), 9);
  assert.equal(history.formatRoute(history.changed(history.parseRoute(FULL), history.cleared())), FULL.slice(FULL.indexOf("row")).replace(/^/, "?"));
});

test("a path of the runs names one or none", () => {
  assert.deepEqual(["/runs", "/runs/", "/runs/a%2Fb", "/runs/%ff", "/runs/a/b"].map(runs.runOf), [null, null, "a/b", "%ff", null]);
  assert.equal(runs.formatRoute(runs.parseRoute("?state=lost&kind=replay&kind=<b>")), "?kind=replay&state=lost");
});

test("counts say what is there, parameters what was asked", () => {
  assert.equal(countWords({ sequences: 1200, exact: 0, drop_rate: 0.5, release_seconds: 3 }), "1\u2009200 sequences, 0.50 drop rate");
  assert.deepEqual([null, "", "a", 2, [1]].map(valueWords), ["not set", "not set", "a", "2", "[1]"]);
});

const page = (ids, cursor = null) => decodeRows({ as_of: "2026-01-31T00:00:00Z", stale: false, cursor, rows: ids.map((id) => ({ id, key: `alert-api_${id}` })) });
const ids = (rows) => rows.items.map(({ id }) => id);

test("pages join into one list: nothing twice, nothing lost", () => {
  const first = page([9, 8, 7], "c7");
  const two = withNext(first, page([6, 5], null));
  assert.deepEqual([ids(two), two.cursor, two.count], [[9, 8, 7, 6, 5], null, 5]);
  const newer = withNewest(two, page([11, 10, 9], "c9"));
  assert.deepEqual([ids(newer), newer.cursor], [[11, 10, 9, 8, 7, 6, 5], null]);
  assert.deepEqual([ids(withNewest(first, page([9, 8, 7], "c7"))), withNewest(first, page([9, 8, 7], "c7")).cursor], [[9, 8, 7], "c7"]);
});

test("where more came than a page holds, the newest page stands alone", () => {
  const after = withNewest(page([9, 8, 7], "c7"), page([22, 21, 20], "c20"));
  assert.deepEqual([ids(after), after.cursor], [[22, 21, 20], "c20"]);
  assert.deepEqual(ids(withNewest(page([3]), page([]))), []);
  assert.deepEqual([keyAt(after, 1), rowOf(after, "20"), rowOf(after, "7"), rowOf(after, null)], ["21", 2, -1, -1]);
});
