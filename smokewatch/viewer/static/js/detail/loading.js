// A sequence's detail document: asked for when the selection comes to rest, the former one kept until it is there.

import { asProblem, fetchChanged } from "../fetching.js";
import { useEffect, useRef, useState } from "../html.js";

/** @import { Problem } from "../fetching.js" */
/** @import { Detail } from "./types.js" */
/**
 * @typedef {object} Held
 * @property {string} url of what is held
 * @property {Detail | null} detail
 * @property {Problem | null} problem why there is none
 * @property {string | null} etag
 * @property {string | null} asOf the rows' when it was asked for; null: there were none
 */

const QUICK = 150;
const REST = 90;
/** @type {Held} */
const NOTHING = { url: "", detail: null, problem: null, etag: null, asOf: null };

/**
 * @param {string} url the sequence's
 * @param {string | null} [asOf] which state of the store the screen's rows are; null: there are none
 * @returns {{detail: Detail | null, problem: Problem | null, loading: boolean, retry: () => void, held: Held,
 *   exchange: (next: (before: Held) => Held) => void}} `detail` is of another sequence while `loading`
 */
export function useDetail(url, asOf = null) {
  const [held, setHeld] = useState(NOTHING);
  const [attempt, setAttempt] = useState(0);
  const moved = useRef(-Infinity);
  const latest = useRef(asOf);
  latest.current = asOf;
  useEffect(() => {
    const given = new AbortController();
    /** @param {Pick<Held, "asOf"> & Partial<Held>} told */
    const take = (told) => {
      if (given.signal.aborted) return;
      // Who is back before the other one came has this one already.
      setHeld((before) => (before.url === url && before.detail !== null ? before : { ...NOTHING, url, ...told }));
    };
    // A held j or k runs through many rows: only where it pauses is the server asked.
    const now = performance.now();
    const wait = now - moved.current < QUICK ? REST : 0;
    moved.current = now;
    const timer = setTimeout(async () => {
      const then = latest.current;
      try {
        const reply = await ask(url, null, given.signal);
        take({ detail: reply?.data ?? null, etag: reply?.etag ?? null, asOf: then });
      } catch (error) {
        take({ problem: asProblem(error), asOf: then });
      }
    }, wait);
    return () => {
      clearTimeout(timer);
      given.abort();
    };
  }, [url, attempt]);
  const retry = () => {
    setHeld(NOTHING);
    setAttempt((tries) => tries + 1);
  };
  const problem = held.url === url ? held.problem : null;
  return { detail: held.detail, problem, loading: held.url !== url, retry, held, exchange: setHeld };
}

/**
 * @param {string} url
 * @param {string | null} etag of what is known
 * @param {AbortSignal} given ends it
 */
export function ask(url, etag, given) {
  return fetchChanged(url, etag, { retries: 2, signal: given });
}
