/** Asking again and again: each at its own rate, never from a hidden tab; what cannot be had is asked for again after
 * ever longer waits. */
import { isAbort } from "./fetching.js";

/** After the first failure this long, after the second twice as long, … at most LONGEST_WAIT. */
const FIRST_WAIT = 3_000;
const LONGEST_WAIT = 20_000;

/** How long to wait before another try: twice as long each time, a fifth more or less by chance, so that the pages of a
 * room do not all come back at once.
 * @param {number} tries that failed, from 1
 * @param {number} chance 0 to 1
 * @param {{ first?: number, most?: number }} [limits] milliseconds
 * @returns {number} milliseconds */
export function backoff(tries, chance, { first = FIRST_WAIT, most = LONGEST_WAIT } = {}) {
  return Math.min(most, first * 2 ** (Math.min(tries, 16) - 1)) * (0.8 + 0.4 * chance);
}

/** @param {object} given
 * @param {(signal: AbortSignal) => Promise<void>} given.ask asks and takes the answer; `signal` ends it
 * @param {(error: unknown) => void} given.failed told what `ask` threw, unless it was ended
 * @param {number} given.every milliseconds from an answer to the next question
 * @param {number} [given.rest] what takes the server long is asked for less often: it rests at least this many times as
 * long as it worked
 * @returns {{ refresh: () => Promise<void>, follow: () => void }} refresh: ask now, whatever was asked before; follow:
 * pause while nobody looks */
export function polling({ ask, failed, every, rest = 0 }) {
  /** @type {AbortController | null} */
  let asking = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let tries = 0;

  async function refresh() {
    asking?.abort();
    clearTimeout(timer);
    const own = new AbortController();
    asking = own;
    const began = performance.now();
    try {
      await ask(own.signal);
      tries = 0;
    } catch (error) {
      if (isAbort(error)) return;
      tries += 1;
      failed(error);
    }
    // What was taken or told may have led to another question.
    if (asking !== own) return;
    asking = null;
    if (document.hidden) return;
    timer = setTimeout(refresh, tries === 0 ? Math.max(every, rest * (performance.now() - began)) : backoff(tries, Math.random()));
  }

  function follow() {
    document.addEventListener("visibilitychange", () => {
      clearTimeout(timer);
      if (!document.hidden && asking === null) refresh();
    });
    addEventListener("online", refresh);
  }

  return { refresh, follow };
}
