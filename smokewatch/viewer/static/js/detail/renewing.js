// The open sequence's document is asked for again where the screen's rows are newer, and exchanged without a word.

import { useEffect, useRef, useState } from "../html.js";
import { backoff } from "../polling.js";
import { ask } from "./loading.js";
import { sharing } from "./sharing.js";

/** @import { Held } from "./loading.js" */

/** What could not be had is asked for again after this, then after twice this. */
const AGAIN = 10_000;

/**
 * @param {Held} held
 * @param {boolean} settled whether it is of the open sequence
 * @param {string | null} asOf which state of the store the rows are; null: there are none
 * @param {(next: (before: Held) => Held) => void} exchange
 */
export function useRenewed(held, settled, asOf, exchange) {
  const [lost, setLost] = useState(0);
  const latest = useRef(asOf);
  latest.current = asOf;
  const older = settled && isOlder(held, asOf);
  useEffect(() => setLost(0), [held.url]);
  // Still newer rows do not end what is asked: where those of a run come faster than it is answered, it would never be.
  useEffect(() => {
    if (!older) return undefined;
    const { url, etag } = held;
    const given = new AbortController();
    const renew = async () => {
      const then = latest.current;
      try {
        const reply = await ask(url, etag, given.signal);
        if (given.signal.aborted) return;
        setLost(0);
        exchange((before) => (before.url === url ? { ...renewed(before, reply), asOf: then } : before));
      } catch {
        if (!given.signal.aborted) setLost((times) => times + 1);
      }
    };
    const begin = () => {
      // Never from a hidden tab, as the rows.
      if (!document.hidden) renew();
      else document.addEventListener("visibilitychange", renew, { once: true, signal: given.signal });
    };
    const timer = setTimeout(begin, lost === 0 ? 0 : backoff(lost, Math.random(), { first: AGAIN }));
    return () => {
      clearTimeout(timer);
      given.abort();
    };
  }, [held.url, held.asOf, older, lost]);
}

/**
 * @param {Held} before
 * @param {{data: any, etag: string | null} | null} reply null: nothing changed
 * @returns {Held}
 */
function renewed(before, reply) {
  if (reply === null || before.detail === null) return before;
  const { data, etag } = reply;
  // That it was read later is no change.
  const detail = sharing(before.detail, { ...data, as_of: before.detail.as_of });
  return { ...before, detail: detail === before.detail ? detail : { ...detail, as_of: data.as_of }, etag };
}

/**
 * @param {Held} held
 * @param {string | null} asOf
 * @returns {boolean} whether the rows are of a newer state of the store
 */
function isOlder({ detail, asOf: asked }, asOf) {
  if (detail === null || asOf === null || asked === asOf) return false;
  return asked !== null || Date.parse(asOf) > Date.parse(detail.as_of);
}
