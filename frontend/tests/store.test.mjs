import assert from "node:assert/strict";
import { test } from "node:test";
import { failures, population, selector } from "../../smokewatch/viewer/static/js/replay/filtering.js";
import { DECISIONS, LABELS, LISTS, MATCHES, OUTCOMES, parseRoute, shownLabels, SORTS } from "../../smokewatch/viewer/static/js/replay/route.js";
import { byScore, firstFrom, sorted, sortMoves } from "../../smokewatch/viewer/static/js/replay/sorting.js";
import {
  CONTRADICTORY, decide, decodeRows, DISCARD, KEEP, keyAt, NO_OUTCOME, outcomeAt, rowOf, UNDECIDED,
} from "../../smokewatch/viewer/static/js/replay/store.js";
import { chance, manyRows, replyOf, rowsOf } from "./reply.mjs";

const STEPS = Array.from({ length: 101 }, (_, n) => n / 100);

test("scores arrive as the float64 they were sent as, and null as NaN", () => {
  const scores = [0.35, 0.1 + 0.2, 1e-320, Number.MIN_VALUE, 0.30000000000000004, null, 1, 0];
  const rows = decodeRows(JSON.parse(JSON.stringify(replyOf(scores.map((score) => ({ recorded_score: score }))))));
  scores.forEach((score, row) => assert.ok(Object.is(rows.recorded[row], score ?? NaN)));
});

test("codes are translated by the reply's own dictionaries", () => {
  const rows = rowsOf([{ label: 2, match: 4, decision: 1 }, { label: 0, match: 0, decision: 0 }]);
  assert.deepEqual([LABELS[rows.label[0]], MATCHES[rows.match[0]], DECISIONS[rows.decision[0]]], ["smoke", "dropped", "keep"]);
  assert.deepEqual([LABELS[rows.label[1]], MATCHES[rows.match[1]], DECISIONS[rows.decision[1]]], ["unknown", "not_replayed", "none"]);
});

test("a newer schema and columns of unequal length are refused in one line", () => {
  assert.throws(() => decodeRows({ ...replyOf([{}]), schema_version: 2 }), /newer schema/);
  const reply = replyOf([{}]);
  reply.columns.frames.push(1);
  assert.throws(() => decodeRows(reply), /column frames is not 1 long/);
});

test("a key leads back to its row, underscores in the source included", () => {
  const rows = manyRows(300, 2);
  for (let row = 0; row < rows.count; row += 1) assert.equal(rowOf(rows, keyAt(rows, row)), row);
  for (const key of [null, "alert-api_999999", "nowhere_1", "", "_", "alert-api_"]) assert.equal(rowOf(rows, key), -1);
});

test("a score equal to the threshold is kept, at all 101 thresholds", () => {
  const rows = rowsOf(STEPS.map((score) => ({ recorded_score: score, label: 2 })));
  STEPS.forEach((threshold, n) => {
    STEPS.forEach((score, row) => {
      assert.equal(decide(score, threshold), row >= n ? KEEP : DISCARD);
      assert.equal(OUTCOMES[outcomeAt(rows, row, threshold)], row >= n ? "smoke-kept" : "smoke-discarded");
    });
  });
  assert.equal(decide(NaN, 0), UNDECIDED);
});

test("no outcome without a label or a score; contradictory labels are their own", () => {
  const rows = rowsOf([
    { label: 0, recorded_score: 0.9 }, { label: 2 }, { label: 2, recorded_score: 0.9, contradicts: 1 },
    { label: 1, recorded_score: 0.9 }, { label: 1, recorded_score: 0.1 },
  ]);
  const found = Array.from({ length: 5 }, (_, row) => outcomeAt(rows, row, 0.5));
  assert.deepEqual(found, [NO_OUTCOME, NO_OUTCOME, CONTRADICTORY, OUTCOMES.indexOf("fp-kept"), OUTCOMES.indexOf("fp-discarded")]);
});

/** Whether one row passes one filter, written out plainly. */
function passes(rows, row, route, name, threshold) {
  const values = name === "label" ? shownLabels(route) : (route[name] ?? []);
  const day = new Date(rows.startedAt[row]).toISOString().slice(0, 10);
  if (name === "other") {
    const text = [
      keyAt(rows, row), rows.organizations[rows.organization[row]]?.name, rows.cameras[rows.camera[row]]?.name,
      rows.releases[rows.release[row]]?.apiVersion, rows.releases[rows.release[row]]?.modelVersion,
      rows.labelDetails[rows.labelDetail[row]], rows.dropReasons[rows.dropReason[row]],
    ];
    const found = route.q === "" || text.some((each) => (each ?? "").toLowerCase().includes(route.q.toLowerCase()));
    return found && (route.from === "" || day >= route.from) && (route.to === "" || day <= route.to);
  }
  const own = {
    organization: rows.organizations[rows.organization[row]]?.key,
    camera: rows.cameras[rows.camera[row]]?.key,
    decision: DECISIONS[rows.decision[row]],
    match: MATCHES[rows.match[row]],
    reason: rows.dropReasons[rows.dropReason[row]],
    release: rows.apiVersions[rows.apiVersion[row]],
    label: LABELS[rows.label[row]],
    outcome: OUTCOMES[outcomeAt(rows, row, threshold)],
  }[name];
  return values.length === 0 || values.includes(own);
}

test("what is shown, and every count beside an option, is what plain filtering gives", () => {
  const rows = manyRows(400, 3);
  const next = chance(4);
  const some = (values, share) => values.filter(() => next() < share);
  const facets = [...LISTS, "other"];
  for (let round = 0; round < 60; round += 1) {
    const route = {
      ...parseRoute(next() < 0.5 ? "?mode=eval" : ""),
      organization: some(rows.organizations.map(({ key }) => key), 0.3),
      camera: some(rows.cameras.map(({ key }) => key), 0.2),
      decision: some([...DECISIONS], 0.3), match: some([...MATCHES], 0.3), reason: some(rows.dropReasons, 0.2),
      release: some(rows.apiVersions, 0.2), label: some([...LABELS], 0.3), outcome: some([...OUTCOMES], 0.3),
      q: next() < 0.3 ? ["cam", "ÖSTER", "_2", "no_rec", "m2", "absent"][Math.floor(next() * 6)] : "",
      from: next() < 0.3 ? "2001-08-28" : "", to: next() < 0.3 ? "2001-09-05" : "",
    };
    const threshold = STEPS[Math.floor(next() * 101)];
    const order = sorted(rows, "-recorded_score", threshold, false);
    const masks = failures(rows, route);
    const select = selector(rows, masks, route);
    // From other thresholds to this one, as a slider comes: up, down, and by way of another order.
    for (const _ of [1, 2]) select(STEPS[Math.floor(next() * 101)], sorted(rows, "-outcome", threshold, true));
    const found = select(threshold, order);
    const passing = (without) =>
      [...order].filter((row) => facets.every((name) => without.includes(name) || passes(rows, row, route, name, threshold)));
    assert.deepEqual([...found.rows], passing([]));
    assert.deepEqual([...population(masks)], passing(["outcome"]).sort((a, b) => a - b));
    const counts = (within, column, size) => Array.from({ length: size }, (_, at) => within.filter((row) => column[row] === at).length);
    assert.deepEqual([...found.organization], counts(passing(["organization", "camera"]), rows.organization, 3));
    assert.deepEqual([...found.camera], counts(passing(["camera"]), rows.camera, 4));
    assert.deepEqual([...found.decision], counts(passing(["decision"]), rows.decision, 3));
    assert.deepEqual([...found.match], counts(passing(["match"]), rows.match, 5));
    assert.deepEqual([...found.reason], counts(passing(["reason"]), rows.dropReason, 2));
    assert.deepEqual([...found.release], counts(passing(["release"]), rows.apiVersion, 2));
    assert.deepEqual([...found.label], counts(passing(["label"]), rows.label, 3));
    const outcomes = Int32Array.from({ length: rows.count }, (_, row) => outcomeAt(rows, row, threshold));
    assert.deepEqual([...found.outcome], counts(passing(["outcome"]), outcomes, 6));
    const kept = passing(["organization", "camera"]).filter((row) =>
      route.mode === "eval" ? rows.recorded[row] >= threshold : DECISIONS[rows.decision[row]] === "keep");
    assert.deepEqual([...found.organizationKept], counts(kept, rows.organization, 3));
  }
});

test("a slider that went through every threshold counts what one that began there counts", () => {
  const rows = manyRows(300, 8);
  const order = sorted(rows, "-recorded_score", 0, false);
  for (const query of ["?mode=eval", "?mode=eval&outcome=smoke-kept&outcome=fp-discarded", "?mode=eval&outcome=fp-kept&match=exact"]) {
    const route = parseRoute(query);
    const masks = failures(rows, route);
    const select = selector(rows, masks, route);
    for (const threshold of [...STEPS, ...[...STEPS].reverse(), 0.123, 0.999999, 0.1 + 0.2, 0.3]) {
      assert.deepEqual(select(threshold, order), selector(rows, masks, route)(threshold, order), `${query} at ${threshold}`);
    }
  }
});

test("a selection stays as it was told when the slider goes on", () => {
  const rows = manyRows(100, 9);
  const route = parseRoute("?mode=eval&outcome=smoke-kept");
  const select = selector(rows, failures(rows, route), route);
  const order = sorted(rows, "-started_at", 0, false);
  const found = select(0.2, order);
  const before = structuredClone(found);
  select(0.8, order);
  assert.deepEqual(found, before);
});

test("the first score from a threshold on: equal ones count, rows without a score never do", () => {
  const rows = rowsOf([0.5, null, 0.35, 0.1, 0.35, 1].map((recorded_score) => ({ recorded_score })));
  const scored = byScore(rows);
  assert.deepEqual([...scored], [3, 2, 4, 0, 5, 1]);
  const places = [0, 0.1, 0.3, 0.35, 0.36, 1, 1.1].map((threshold) => firstFrom(rows, scored, threshold));
  assert.deepEqual(places, [0, 0, 1, 1, 3, 4, 5]);
});

test("cameras of one id in two organizations are two cameras", () => {
  const rows = rowsOf([{ camera: 0 }, { camera: 1, organization: 1 }]);
  const route = parseRoute("?camera=alert-api:2:12");
  const found = selector(rows, failures(rows, route), route)(0.5, sorted(rows, "-started_at", 0, false));
  assert.deepEqual([...found.rows], [0]);
});

test("every sort is a stable order of every row, nulls last both ways, ties as they came", () => {
  const rows = manyRows(500, 5);
  const plain = {
    started_at: (row) => rows.startedAt[row], recorded_score: (row) => rows.recorded[row],
    tubes: (row) => (rows.tubes[row] === -1 ? NaN : rows.tubes[row]), frames: (row) => rows.frames[row],
    difference: (row) => rows.difference[row], match: (row) => rows.match[row],
  };
  for (const column of SORTS) {
    for (const sign of [1, -1]) {
      const order = [...sorted(rows, `${sign === 1 ? "" : "-"}${column}`, 0.35, true)];
      assert.deepEqual([...order].sort((a, b) => a - b), Array.from({ length: rows.count }, (_, row) => row), column);
      const key = plain[column];
      for (let at = 1; key !== undefined && at < order.length; at += 1) {
        const [left, right] = [key(order[at - 1]), key(order[at])];
        if (Number.isNaN(left)) assert.ok(Number.isNaN(right), `${column}: a value after a null`);
        else if (!Number.isNaN(right)) assert.ok(sign * (right - left) >= 0, column);
        if (Object.is(left, right)) assert.ok(order[at - 1] < order[at], `${column}: ties changed places`);
      }
    }
  }
});

test("names sort by code point, equal names of two organizations together", () => {
  const rows = rowsOf([{ camera: 3, organization: 2 }, { camera: 2, organization: 1 }, { camera: 0 }, { camera: 1, organization: 1 }]);
  assert.deepEqual([...sorted(rows, "camera", 0, false)], [2, 3, 0, 1]);
  assert.deepEqual([...sorted(rows, "organization", 0, false)], [0, 2, 1, 3]);
});

test("only what the threshold decides is sorted again as it moves", () => {
  assert.equal(sortMoves("-outcome", true), true);
  assert.equal(sortMoves("decision", true), true);
  assert.equal(sortMoves("decision", false), false);
  assert.equal(sortMoves("-recorded_score", true), false);
});
