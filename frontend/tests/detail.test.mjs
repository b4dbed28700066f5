// The detail pane's sentences.
import assert from "node:assert/strict";
import { test } from "node:test";

import { sharing } from "../../smokewatch/viewer/static/js/detail/sharing.js";
import * as words from "../../smokewatch/viewer/static/js/detail/words.js";

const window = (more = {}) => ({
  frames: [4, 5, 6, 7],
  trigger_frame_index: null,
  trigger_image: null,
  answer: '{"trigger_frame_index":null}',
  request_sha256: "a",
  details: { preprocessing: { padded_frame_indices: [0, 5] } },
  ...more,
});
const verdict = (more = {}) => ({
  match: "window",
  matched_frames: 4,
  windows: [],
  ties: [],
  ambiguous: false,
  request_sha256: "a",
  model_version: "1",
  api_version: "0.3.1",
  ...more,
});
const detail = (more = {}) => ({
  frames: new Array(14),
  recorded: { model_version: "1", api_version: "0.3.1" },
  verdict: verdict(),
  windows: { matched: window(), full: window({ request_sha256: "b" }) },
  ...more,
});

test("the trigger's slot becomes the sequence's own frame; a padded copy is told as one", () => {
  assert.equal(words.frameOfSlot(1, window()), 4);
  assert.equal(words.triggerWords(window({ trigger_frame_index: 4 })), "frame 8");
  assert.equal(words.triggerWords(window({ trigger_frame_index: 5 })), "a padded copy (slot 5)");
  assert.equal(words.triggerWords(window()), "none");
  assert.equal(words.triggerWords(window({ answer: "{}" })), "not told");
  assert.equal(words.triggerWords(window({ answer: "{}", trigger_image: "newer" })), "none");
});

test("the scored window in words", () => {
  assert.equal(words.scoredWindow(detail()), "first 4 of 14 frames");
  assert.equal(words.scoredWindow(detail({ verdict: verdict({ match: "exact" }) })), "all 14 frames");
  const nearest = verdict({ match: "unexplained", windows: [{ request_sha256: "a", seen_frames: 6 }] });
  assert.equal(words.scoredWindow(detail({ verdict: nearest })), "nearest: 6 of 14 frames");
  assert.equal(words.scoredWindow(detail({ verdict: null })), null);
});

test("the asked window is shown, the other where it is not there", () => {
  const both = detail();
  assert.equal(words.windowShown(both, "full"), both.windows.full);
  assert.equal(words.windowShown({ windows: { matched: null, full: both.windows.full } }, "matched"), both.windows.full);
  assert.equal(words.windowsDiffer(both), true);
  assert.equal(words.windowsDiffer({ windows: { matched: both.windows.full, full: both.windows.full } }), false);
});

test("a mismatch names the versions that differ; a match needs no hint", () => {
  assert.equal(words.versionHint(detail()), null);
  const other = detail({ verdict: verdict({ match: "unexplained", model_version: "2" }) });
  assert.equal(words.versionHint(other), "Production recorded another release: model 1, replayed with 2.");
  const same = detail({ verdict: verdict({ match: "unexplained" }) });
  assert.match(words.versionHint(same), /other frames/);
});

test("at the package's threshold a score is kept, at production's own it is not", () => {
  assert.equal(words.comparison(0.35, 0.35), "0.3500 ≥ 0.35");
  assert.equal(words.comparison(0.45, null), "0.4500 ≤ 0.45");
  assert.equal(words.comparison(0.4500001, null), "0.4500 > 0.45");
  assert.equal(words.comparison(null, 0.35), "not scored");
});

test("the tolerance itself still matches", () => {
  assert.equal(words.againstTolerance(1e-5), "1.0e-5 ≤ 1e-5");
  assert.equal(words.againstTolerance(1.1e-5), "1.1e-5 > 1e-5");
});

test("ambiguity and ties are sentences", () => {
  assert.deepEqual(words.doubts(verdict()), []);
  const said = words.doubts(verdict({ ambiguous: true, ties: [5, 6, 9] }));
  assert.equal(said.length, 2);
  assert.match(said[1], /5, 6 and 9 frames/);
});

test("indenting keeps every token as it is written", () => {
  const text = '{"a":1e-05,"b":[],"c":[1.0,{"d":"x{,}:\\"[ ","e":{}}],"f":null}';
  const shown = words.indented(text);
  assert.deepEqual(JSON.parse(shown), JSON.parse(text));
  assert.ok(shown.includes('"a": 1e-05,') && shown.includes("1.0,"));
  assert.ok(shown.includes('"b": [],') && shown.includes('"e": {}'));
  assert.equal(words.indented('{"a":[{"b":1},2]}'), '{\n  "a": [\n    {\n      "b": 1\n    },\n    2\n  ]\n}');
  assert.equal(words.indented("[]"), "[]");
});

test("of a document that was read again, what did not change is the former one's own", () => {
  const before = { key: "a_1", frames: [{ n: 0, boxes: [[0, 1]] }, { n: 1, boxes: [] }], verdict: null, ties: [1, 2] };
  const copy = (more = {}) => ({ ...structuredClone(before), ...more });
  assert.equal(sharing(before, copy()), before);
  const decided = sharing(before, copy({ verdict: { match: "exact" }, ties: [1] }));
  assert.deepEqual(decided, { ...before, verdict: { match: "exact" }, ties: [1] });
  assert.equal(decided.frames, before.frames);
  const moved = sharing(before, copy({ frames: [{ n: 0, boxes: [[0, 1]] }, { n: 1, boxes: [[2]] }, { n: 2, boxes: [] }] }));
  assert.equal(moved.frames[0], before.frames[0]);
  assert.notEqual(moved.frames, before.frames);
  assert.deepEqual(moved.frames[1], { n: 1, boxes: [[2]] });
  assert.deepEqual(sharing({ a: 1, b: 2 }, { a: 1 }), { a: 1 });
  assert.deepEqual(sharing({ a: [] }, { a: {} }), { a: {} });
  assert.deepEqual(sharing(null, { a: null }), { a: null });
});
