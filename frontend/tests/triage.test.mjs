import assert from "node:assert/strict";
import { test } from "node:test";
import {
  around, below, compare, failures, histogram, optionCounts, passing, populationOf, select, split,
} from "../../smokewatch/viewer/static/js/triage/deciding.js";
import {
  apiQuery, changed, cleared, DEFAULT_SORT, filterCount, formatRoute, parseRoute, SORTS, TABS,
} from "../../smokewatch/viewer/static/js/triage/route.js";
import { alertAt, decodeRows, keyAt, modelsInReview, rowOf } from "../../smokewatch/viewer/static/js/triage/rows.js";
import { sorted, sortMoves } from "../../smokewatch/viewer/static/js/triage/sorting.js";
import { formatDistance } from "../../smokewatch/viewer/static/js/triage/words.js";
import { chance } from "./reply.mjs";
import { manyRows, replyOf, rowsOf } from "./triage_reply.mjs";

const HUNDREDTHS = Array.from({ length: 101 }, (_, n) => n / 100);
const shown = (rows, query = "", threshold = 0.35) => {
  const route = parseRoute(query);
  const masks = failures(rows, route);
  const listed = passing(masks, sorted(rows, route.sort, threshold));
  return { ...select(rows, populationOf(rows, masks), listed, route, threshold), ...optionCounts(rows, masks, route, threshold) };
};
const idsOf = (rows, query, threshold) => Array.from(shown(rows, query, threshold).rows, (row) => rows.id[row]);

test("a state that is written and read again is the same state", () => {
  const next = chance(1);
  const some = (values) => values.filter(() => next() < 0.4);
  for (let round = 0; round < 500; round += 1) {
    const near = next() < 0.5;
    const against = next() < 0.5 ? null : Math.round(next() * 100) / 100;
    const sequence = next() < 0.5 ? null : `pyro-annotator_${Math.floor(next() * 1e6)}`;
    const route = {
      organization: some(["a:1", "b c:2", "d&e=f:3"]).sort(), camera: some(["a:1:2", "é:3:-4"]).sort(),
      alert: some(["a:7"]), bucket: some(["review", "unlabeled"]),
      from: next() < 0.5 ? "2026-02-28" : "", to: "", q: next() < 0.5 ? "" : "a b&c=d #?%/é",
      disagree: next() < 0.5, near, width: near && next() < 0.5 ? 0.02 : 0.05,
      against, moved: against !== null && next() < 0.5,
      threshold: next() < 0.5 ? null : Math.round(next() * 100) / 100,
      sort: `${next() < 0.5 ? "-" : ""}${SORTS[Math.floor(next() * SORTS.length)]}`,
      sequence, tab: sequence === null ? "frames" : TABS[Math.floor(next() * TABS.length)],
      model: sequence === null || next() < 0.5 ? null : 1, frame: sequence === null || next() < 0.5 ? null : Math.floor(next() * 30),
    };
    assert.deepEqual(parseRoute(formatRoute(route)), route);
  }
});

test("what does not parse is left out, and the page still has a state", () => {
  for (const query of [
    "threshold=abc", "threshold=1.5", "against=-1", "width=x", "near=yes", "moved=1", "bucket=keep", "sort=-id;drop",
    "organization=x", "camera=a:1", "alert=a", "sequence=none", "tab=replay", "model=-1", "from=2026-02-30", "%",
  ]) assert.deepEqual(parseRoute(`?${query}`), parseRoute(""), query);
});

test("the API is asked for the rows of the page at the threshold in force", () => {
  const query = new URLSearchParams(apiQuery(parseRoute("?bucket=review&near=1&width=0.1&against=0.5&sequence=a_1&model=1"), 0.35));
  assert.equal(query.toString(), "bucket=review&near=1&width=0.1&against=0.5&threshold=0.35&sort=-score");
  assert.equal(filterCount(parseRoute("?bucket=review&near=1&q=a&organization=a:1&against=0.5")), 4);
  assert.equal(filterCount(changed(parseRoute("?bucket=review&near=1&moved=1&against=0.5&alert=a:1"), cleared())), 0);
  assert.equal(changed(parseRoute("?against=0.5&moved=1"), { against: null }).moved, false);
  assert.deepEqual(
    (({ frame, model, tab }) => ({ frame, model, tab }))(changed(parseRoute("?sequence=a_1&tab=tubes&frame=3&model=1"), { sequence: "a_2" })),
    { frame: null, model: null, tab: "tubes" },
  );
});

test("a reply of another schema, or with columns of different lengths, is refused", () => {
  assert.throws(() => decodeRows({ ...replyOf([{}]), schema_version: 2 }), /newer schema/);
  assert.throws(() => decodeRows({ ...replyOf([{}]), count: 2 }), /not 2 long/);
});

test("the score is the largest of the models', and a row is found by its key", () => {
  const rows = rowsOf([{ scores: [0.2, 0.7], id: 8, alert: 4 }, { scores: [1, 0] }]);
  assert.deepEqual([...rows.score], [0.7, 1]);
  assert.deepEqual([...rows.least], [0.2, 0]);
  assert.equal(modelsInReview(rows, 0, 0.7), 1);
  assert.equal(keyAt(rows, 0), "pyro-annotator_8");
  assert.equal(rowOf(rows, "pyro-annotator_8"), 0);
  assert.equal(rowOf(rows, "alert-api_8"), -1);
  assert.deepEqual([alertAt(rows, 0), alertAt(rows, 1)], ["pyronear_french:4", null]);
});

test("at all thresholds a score equal to one is reviewed, everywhere that counts", () => {
  const rows = manyRows(3000, 5);
  const ascending = populationOf(rows, failures(rows, parseRoute(""))).scores;
  for (const threshold of HUNDREDTHS) {
    const review = rows.score.filter((score) => score >= threshold).length;
    assert.deepEqual(split(ascending, threshold), { review, unlabeled: rows.count - review });
    const counts = shown(rows, "", threshold);
    assert.deepEqual([...counts.bucket], [review, rows.count - review]);
    assert.equal(shown(rows, "?bucket=review", threshold).rows.length, review);
  }
  assert.ok(HUNDREDTHS.filter((threshold) => rows.score.includes(threshold)).length > 90);
});

test("the histogram's bars end where the slider's steps are", () => {
  const counts = histogram(Float64Array.from([0, 0.28999, 0.29, 0.57, 0.5799999, 0.58, 1]));
  assert.deepEqual([0, 28, 29, 57, 58, 99].map((bin) => counts[bin]), [1, 1, 1, 2, 1, 1]);
  assert.equal(counts.reduce((sum, each) => sum + each, 0), 7);
});

test("another threshold moves exactly the rows between the two", () => {
  const rows = manyRows(2000, 9);
  const ascending = populationOf(rows, failures(rows, parseRoute(""))).scores;
  for (const [before, after] of [[0.35, 0.5], [0.5, 0.35], [0.4, 0.4], [0, 1]]) {
    const moved = rows.score.filter((score) => score >= before !== score >= after).length;
    const { toReview, toUnlabeled } = compare(ascending, before, after);
    assert.equal(toReview + toUnlabeled, moved);
    assert.equal(Math.min(toReview, toUnlabeled), 0);
    assert.equal(after < before ? toUnlabeled : toReview, 0);
    const listed = shown(rows, `?against=${before}&moved=1`, after);
    assert.equal(listed.rows.length, moved);
    assert.equal(shown(rows, `?against=${before}`, after).moved, moved);
  }
});

test("near is counted in decimals as people write them, both ends included", () => {
  assert.deepEqual(around(0.35, 0.1), { low: 0.25, high: 0.45 });
  assert.deepEqual(around(0.7, 0.1), { low: 0.6, high: 0.8 });
  assert.deepEqual(around(0.05, 0.2), { low: -0.15, high: 0.25 });
  assert.deepEqual(around(1e-7, 1), { low: -0.9999999, high: 1.0000001 });
  const rows = rowsOf([0.25, 0.2499999, 0.45, 0.4500001, 0.35].map((score) => ({ scores: [score, 0] })));
  assert.deepEqual(idsOf(rows, "?near=1&width=0.1&sort=score"), [1, 5, 3]);
});

test("models disagree where some are at the threshold and not all", () => {
  const rows = rowsOf([{ scores: [0.35, 0.34] }, { scores: [0.35, 0.35] }, { scores: [0.1, 0.2] }]);
  assert.deepEqual(idsOf(rows, "?disagree=1"), [1]);
  assert.equal(shown(rows).disagree, 1);
  assert.deepEqual(idsOf(rows, "?disagree=1", 0.15), [3]);
});

test("every option's count is what choosing it would show", () => {
  const rows = manyRows(1500, 3);
  const queries = [
    "", "?organization=pyronear_french:3", "?bucket=unlabeled&near=1&width=0.2", "?disagree=1&q=cam", "?camera=pyronear_french:3:13",
    "?bucket=review&disagree=1&near=1", "?against=0.5&moved=1&near=1&width=0.1", "?against=0.2&moved=1&disagree=1",
  ];
  for (const query of queries) {
    const counts = shown(rows, query);
    const route = parseRoute(query);
    const with_ = (changes) => shown(rows, formatRoute({ ...route, ...changes })).rows.length;
    rows.organizations.forEach(({ key }, at) => assert.equal(counts.organization[at], with_({ organization: [key], camera: [] }), key));
    rows.cameras.forEach(({ key }, at) => assert.equal(counts.camera[at], with_({ camera: [key] }), key));
    ["review", "unlabeled"].forEach((bucket, at) => assert.equal(counts.bucket[at], with_({ bucket: [bucket] })));
    assert.equal(counts.disagree, with_({ disagree: true }));
    assert.equal(counts.near, with_({ near: true }));
    if (route.against !== null) assert.equal(counts.moved, with_({ moved: true }));
    const plain = (row) => {
      const score = rows.score[row];
      const review = score >= 0.35;
      const { low, high } = around(0.35, route.width);
      return (route.bucket.length !== 1 || review === (route.bucket[0] === "review"))
        && (!route.disagree || (review && rows.least[row] < 0.35)) && (!route.near || (score >= low && score <= high))
        && (!route.moved || review !== score >= route.against);
    };
    const listed = passing(failures(rows, route), sorted(rows, route.sort, 0.35));
    assert.deepEqual([...counts.rows], [...listed].filter(plain), query);
  }
});

test("an organization's two sides do not hide behind the filter for one of them", () => {
  const rows = manyRows(500, 4);
  const { organizations } = populationOf(rows, failures(rows, parseRoute("?organization=api_cenia:2")));
  assert.equal(organizations.reduce((sum, each) => sum + each.length, 0), 500);
});

test("lanes of an alert are filtered by its source and number", () => {
  const rows = rowsOf([{ alert: 7 }, { alert: 7, organization: 2, camera: 3 }, { alert: null }]);
  assert.deepEqual(idsOf(rows, "?alert=api_cenia:7"), [2]);
});

test("every sort is a stable order of every row, nulls last both ways, ties newest first", () => {
  const rows = manyRows(800, 2);
  const value = {
    recorded_at: (row) => rows.recordedAt[row], score: (row) => rows.score[row], tubes: (row) => rows.tubes[row],
    recorded_score: (row) => rows.recorded[row], distance: (row) => Math.abs(rows.score[row] - 0.35),
    bucket: (row) => (rows.score[row] >= 0.35 ? 0 : 1), models: (row) => modelsInReview(rows, row, 0.35),
    organization: (row) => rows.organizations[rows.organization[row]].name, camera: (row) => rows.cameras[rows.camera[row]].name,
  };
  for (const column of SORTS) {
    for (const sign of ["", "-"]) {
      const order = sorted(rows, sign + column, 0.35);
      assert.equal(new Set(order).size, 800);
      for (let at = 1; at < order.length; at += 1) {
        const [a, b] = [value[column](order[at - 1]), value[column](order[at])];
        if (Number.isNaN(b) || a === b) assert.ok(!Number.isNaN(a) || order[at - 1] < order[at]);
        else assert.ok(sign === "" ? a < b : a > b, `${sign}${column}: ${a}, ${b}`);
        if (a === b) assert.ok(order[at - 1] < order[at]);
      }
    }
  }
  assert.ok(sortMoves("-distance") && sortMoves("bucket") && !sortMoves(DEFAULT_SORT));
});

test("a distance reads as people compute it, its sign tells the side", () => {
  assert.equal(formatDistance(0), "+0.0000");
  assert.equal(formatDistance(-1e-9), "\u22120.0000");
  assert.equal(formatDistance(0.34 - 0.35), "\u22120.0100");
});

test("below is the place of a threshold among ascending scores", () => {
  assert.equal(below(Float64Array.from([]), 0.5), 0);
  assert.equal(below(Float64Array.from([0.1, 0.5, 0.5, 0.9]), 0.5), 1);
});
