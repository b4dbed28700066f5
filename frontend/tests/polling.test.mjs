import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { backoff, polling } from "../../smokewatch/viewer/static/js/polling.js";

/** What of a page it uses: whether it is hidden, and that it comes into sight or back on the network. */
const page = Object.assign(new EventTarget(), { hidden: false });
const network = new EventTarget();
Object.assign(globalThis, { document: page, addEventListener: network.addEventListener.bind(network) });

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(Math, "random", () => 0.5);
  page.hidden = false;
});

/** A server that is asked: each question waits for `answer` or `refuse`. */
function asked(given = {}) {
  const questions = [];
  const failures = [];
  const ask = (signal) =>
    new Promise((answer, refuse) => {
      questions.push({ answer, refuse, signal });
      signal.addEventListener("abort", () => refuse(signal.reason));
    });
  return { questions, failures, ...polling({ ask, failed: (error) => failures.push(error), every: 5_000, ...given }) };
}

/** All that follows an answer. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("it asks again at its rate, one question at a time", async () => {
  const { questions, refresh } = asked();
  refresh();
  mock.timers.tick(60_000);
  assert.equal(questions.length, 1);
  questions[0].answer();
  await settled();
  mock.timers.tick(4_999);
  assert.equal(questions.length, 1);
  mock.timers.tick(1);
  assert.equal(questions.length, 2);
});

test("what cannot be had is told, and asked for after ever longer waits until it is there", async () => {
  const { questions, failures, refresh } = asked();
  refresh();
  for (const wait of [3_000, 6_000, 12_000, 20_000, 20_000]) {
    questions.at(-1).refuse(new Error("lost"));
    await settled();
    const before = questions.length;
    mock.timers.tick(wait - 1);
    assert.equal(questions.length, before);
    mock.timers.tick(1);
    assert.equal(questions.length, before + 1);
  }
  assert.equal(failures.length, 5);
  questions.at(-1).answer();
  await settled();
  mock.timers.tick(5_000);
  questions.at(-1).refuse(new Error("lost once more"));
  await settled();
  mock.timers.tick(3_000);
  assert.equal(questions.length, 8);
});

test("another question ends the one before it, of which nothing is told", async () => {
  const { questions, failures, refresh } = asked();
  refresh();
  refresh();
  await settled();
  assert.deepEqual(questions.map(({ signal }) => signal.aborted), [true, false]);
  assert.deepEqual(failures, []);
  mock.timers.tick(60_000);
  assert.equal(questions.length, 2);
});

test("a question that an answer leads to is the one that goes on", async () => {
  let questions = 0;
  const ask = async () => {
    questions += 1;
    if (questions === 1) poll.refresh();
  };
  const poll = polling({ ask, failed: assert.fail, every: 5_000 });
  await poll.refresh();
  await settled();
  assert.equal(questions, 2);
  mock.timers.tick(5_000);
  assert.equal(questions, 3);
});

test("a hidden page asks for nothing; seen again it asks at once, unless it is being told", async () => {
  const { questions, refresh, follow } = asked();
  follow();
  refresh();
  page.hidden = true;
  page.dispatchEvent(new Event("visibilitychange"));
  questions[0].answer();
  await settled();
  mock.timers.tick(600_000);
  assert.equal(questions.length, 1);
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(questions.length, 2);
});

test("back on the network it asks at once, whatever still waits", async () => {
  const { questions, refresh, follow } = asked();
  follow();
  refresh();
  network.dispatchEvent(new Event("online"));
  assert.deepEqual(questions.map(({ signal }) => signal.aborted), [true, false]);
});

test("what takes the server long is asked for less often", async () => {
  let now = 0;
  mock.method(performance, "now", () => now);
  const { questions, refresh } = asked({ rest: 10 });
  refresh();
  now = 2_000;
  questions[0].answer();
  await settled();
  mock.timers.tick(19_999);
  assert.equal(questions.length, 1);
  mock.timers.tick(1);
  assert.equal(questions.length, 2);
  mock.restoreAll();
});

test("waits differ by a fifth, so that pages do not come back together", () => {
  assert.deepEqual([backoff(1, 0), backoff(1, 1), backoff(1_000, 1)].map(Math.round), [2_400, 3_600, 24_000]);
  assert.equal(backoff(3, 0.5, { first: 1_000, most: 30_000 }), 4_000);
});
