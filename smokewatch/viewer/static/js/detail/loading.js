// A sequence's detail document: asked for when the selection comes to rest, the former one kept until it is there.

import { asProblem, fetchJson, isAbort } from "../fetching.js";
import { useEffect, useRef, useState } from "../html.js";

/** @import { Problem } from "../fetching.js" */
/** @import { Detail } from "./types.js" */

const QUICK = 150;
const REST = 90;

/**
 * @param {string} url the sequence's
 * @returns {{detail: Detail | null, problem: Problem | null, loading: boolean, retry: () => void}} `detail` is of
 *   another sequence while `loading`
 */
export function useDetail(url) {
  const [state, setState] = useState({
    detail: /** @type {Detail | null} */ (null),
    problem: /** @type {Problem | null} */ (null),
    loading: true,
  });
  const [attempt, setAttempt] = useState(0);
  const moved = useRef(-Infinity);
  useEffect(() => {
    const given = new AbortController();
    // A held j or k runs through many rows: only where it pauses is the server asked.
    const now = performance.now();
    const wait = now - moved.current < QUICK ? REST : 0;
    moved.current = now;
    setState((before) => ({ ...before, problem: null, loading: true }));
    const timer = setTimeout(async () => {
      try {
        const detail = await fetchJson(url, { signal: given.signal });
        if (!given.signal.aborted) setState({ detail, problem: null, loading: false });
      } catch (error) {
        if (isAbort(error) || given.signal.aborted) return;
        setState({ detail: null, problem: asProblem(error), loading: false });
      }
    }, wait);
    return () => {
      clearTimeout(timer);
      given.abort();
    };
  }, [url, attempt]);
  return { ...state, retry: () => setAttempt((tries) => tries + 1) };
}
