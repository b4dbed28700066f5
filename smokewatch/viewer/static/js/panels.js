/** Panels: each asks for its own figures at its own rate, never from a hidden tab, and keeps the last ones when the next
 * cannot be had. */
import { asProblem, fetchChanged, isAbort } from "./fetching.js";
import { batch, signal } from "./html.js";

/** A lost panel is asked for again after this, twice this, … at most a minute. */
const FIRST_WAIT = 3_000;
const LONGEST_WAIT = 60_000;

/** @template T
 * @typedef {{ url?: string, asOf: string, stale: boolean, data: T }} Held url: what was asked for */
/** @typedef {import("./fetching.js").Problem} Problem */

/** @template T
 * @typedef {object} Panel
 * @property {import("@preact/signals").Signal<Held<T> | null>} held null until the first reply
 * @property {import("@preact/signals").Signal<Problem | null>} problem why the newest figures could not be had
 * @property {import("@preact/signals").Signal<number | null>} lostSince epoch milliseconds; null: they could
 * @property {() => Promise<void>} refresh ask now
 * @property {() => void} follow begin, and pause while nobody looks */

/** How long to wait before another try: twice as long each time, a fifth more or less by chance, so that the pages of a
 * room do not all come back at once.
 * @param {number} tries that failed, from 1
 * @param {number} chance 0 to 1
 * @param {{ first?: number, most?: number }} [limits] milliseconds
 * @returns {number} milliseconds */
export function backoff(tries, chance, { first = FIRST_WAIT, most = LONGEST_WAIT } = {}) {
  return Math.min(most, first * 2 ** (Math.min(tries, 16) - 1)) * (0.8 + 0.4 * chance);
}

/** @template T
 * @param {object} asked
 * @param {() => string} asked.url
 * @param {number} asked.every milliseconds
 * @param {(reply: any) => T} [asked.decode]
 * @returns {Panel<T>} */
export function polled({ url, every, decode = (reply) => reply }) {
  const held = signal(/** @type {Held<T> | null} */ (null));
  const problem = signal(/** @type {Problem | null} */ (null));
  const lostSince = signal(/** @type {number | null} */ (null));
  /** @type {AbortController | null} */
  let asking = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {{ url: string, etag: string | null }} */
  let known = { url: "", etag: null };
  let tries = 0;

  async function refresh() {
    asking?.abort();
    clearTimeout(timer);
    const own = new AbortController();
    asking = own;
    const address = url();
    try {
      const reply = await fetchChanged(address, known.url === address ? known.etag : null, { signal: own.signal });
      batch(() => {
        if (reply !== null) {
          held.value = { url: address, asOf: reply.data.as_of, stale: Boolean(reply.data.stale), data: decode(reply.data) };
          known = { url: address, etag: reply.etag };
        }
        problem.value = null;
        lostSince.value = null;
      });
      tries = 0;
    } catch (error) {
      if (isAbort(error)) return;
      tries += 1;
      batch(() => {
        problem.value = asProblem(error);
        lostSince.value ??= Date.now();
      });
    }
    asking = null;
    if (!document.hidden) timer = setTimeout(refresh, tries === 0 ? every : Math.max(every, backoff(tries, Math.random())));
  }

  function follow() {
    document.addEventListener("visibilitychange", () => {
      clearTimeout(timer);
      if (!document.hidden) refresh();
    });
    addEventListener("online", refresh);
    refresh();
  }

  return { held, problem, lostSince, refresh, follow };
}
