/** The server's stream of what runs now, followed while somebody looks: lost, it is tried again ever less often until it
 * is back, and meanwhile its figures are asked for one by one. */
import { asProblem, fetchJson, Problem } from "./fetching.js";
import { batch, signal } from "./html.js";
import { backoff } from "./polling.js";

/** The server speaks every second; a stream that is silent for longer is lost, whatever the browser believes. */
const SILENCE = 12_000;
const WAITS = { first: 1_000, most: 30_000 };

/** @typedef {object} Stream
 * @property {import("@preact/signals").Signal<"opening" | "live" | "lost">} state
 * @property {import("@preact/signals").Signal<number | null>} lostSince epoch milliseconds; null: it is not lost
 * @property {import("@preact/signals").Signal<number | null>} againAt when it is tried next, epoch milliseconds
 * @property {() => void} again try now
 * @property {() => void} follow begin, and pause while nobody looks */

/** @param {object} given
 * @param {string} given.stream its address
 * @param {string} given.event the name of its events
 * @param {string} given.single the address of one such reply
 * @param {(reply: any) => void} given.take
 * @param {(problem: import("./fetching.js").Problem) => void} given.missed neither the stream nor one reply could be had
 * @returns {Stream} */
export function streamed({ stream, event, single, take, missed }) {
  const state = signal(/** @type {"opening" | "live" | "lost"} */ ("opening"));
  const lostSince = signal(/** @type {number | null} */ (null));
  const againAt = signal(/** @type {number | null} */ (null));
  /** @type {EventSource | null} */
  let source = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silence;
  let tries = 0;

  function close() {
    clearTimeout(timer);
    clearTimeout(silence);
    source?.close();
    source = null;
  }

  /** @param {MessageEvent<string>} told */
  function heard(told) {
    clearTimeout(silence);
    silence = setTimeout(lose, SILENCE);
    tries = 0;
    batch(() => {
      state.value = "live";
      lostSince.value = null;
      againAt.value = null;
      take(JSON.parse(told.data));
    });
  }

  /** The stream stands, and says why it has nothing to tell.
   * @param {MessageEvent<string>} told */
  function refused(told) {
    clearTimeout(silence);
    silence = setTimeout(lose, SILENCE);
    missed(new Problem({ status: 503, title: "The store cannot be read", detail: JSON.parse(told.data).detail }));
  }

  async function lose() {
    close();
    tries += 1;
    const wait = backoff(tries, Math.random(), WAITS);
    batch(() => {
      state.value = "lost";
      lostSince.value ??= Date.now();
      againAt.value = Date.now() + wait;
    });
    timer = setTimeout(open, wait);
    try {
      const reply = await fetchJson(single, { retries: 0 });
      // Not over what a stream that came back meanwhile said.
      if (state.peek() === "lost") take(reply);
    } catch (error) {
      if (state.peek() === "lost") missed(asProblem(error));
    }
  }

  function open() {
    close();
    if (document.hidden) return;
    source = new EventSource(stream);
    source.addEventListener(event, heard);
    source.addEventListener("problem", refused);
    // The browser's own reconnecting gives up on an error page and knows no backoff.
    source.onerror = lose;
    silence = setTimeout(lose, SILENCE);
  }

  function again() {
    tries = 0;
    open();
  }

  function follow() {
    document.addEventListener("visibilitychange", () => (document.hidden ? close() : again()));
    addEventListener("online", again);
    addEventListener("pagehide", close);
    addEventListener("pageshow", (event) => event.persisted && again());
    open();
  }

  return { state, lostSince, againAt, again, follow };
}
