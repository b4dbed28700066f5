/** A screen's rows, and newer ones as they come: asked for every ten seconds with the ETag of what is held, never from
 * a hidden tab; a lost connection is tried again until it is back. */
import { fetchChanged } from "./fetching.js";
import { batch } from "./html.js";
import { announcement, confirmed, failed, lostSince } from "./page.js";

const EVERY = 10_000;
const WHILE_LOST = 3_000;

/** @template {{ asOf: string, stale: boolean }} Rows
 * @param {object} screen
 * @param {string} screen.url
 * @param {import("@preact/signals").Signal<Rows | null>} screen.rows null until the first reply
 * @param {(reply: any) => Rows} screen.decode
 * @param {(before: Rows, now: Rows) => string} screen.news what is said of newer rows
 * @returns {{ refresh: () => Promise<void>, stayFresh: () => void }} refresh: ask now, and again later; stayFresh:
 * begin, and pause while nobody looks */
export function fed({ url, rows, decode, news }) {
  /** @type {string | null} */
  let etag = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let asking = false;

  /** @param {{ data: any, etag: string | null } | null} reply */
  function take(reply) {
    const held = rows.peek();
    batch(() => {
      confirmed();
      if (reply !== null) {
        const now = decode(reply.data);
        rows.value = now;
        etag = reply.etag;
        if (held !== null && !now.stale && now.asOf !== held.asOf) announcement.value = news(held, now);
      }
    });
  }

  async function refresh() {
    if (asking) return;
    asking = true;
    clearTimeout(timer);
    try {
      take(await fetchChanged(url, etag, { retries: rows.peek() === null ? 1 : 0 }));
    } catch (error) {
      failed(error);
    }
    asking = false;
    if (!document.hidden) timer = setTimeout(refresh, lostSince.peek() === null ? EVERY : WHILE_LOST);
  }

  function stayFresh() {
    document.addEventListener("visibilitychange", () => {
      clearTimeout(timer);
      if (!document.hidden) refresh();
    });
    addEventListener("online", refresh);
    refresh();
  }

  return { refresh, stayFresh };
}
