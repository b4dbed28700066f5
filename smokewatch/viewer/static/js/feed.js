/** A screen's rows, and newer ones as they come: asked for every ten seconds with the ETag of what is held. */
import { fetchChanged } from "./fetching.js";
import { batch } from "./html.js";
import { announcement, confirmed, failed } from "./page.js";
import { polling } from "./polling.js";

const EVERY = 10_000;

/** @template {{ asOf: string, stale: boolean }} Rows
 * @param {object} screen
 * @param {string} screen.url
 * @param {import("@preact/signals").Signal<Rows | null>} screen.rows null until the first reply
 * @param {(reply: any) => Rows} screen.decode
 * @param {(before: Rows, now: Rows) => string} screen.news what is said of newer rows
 * @returns {{ refresh: () => Promise<void>, stayFresh: () => void }} refresh: ask now; stayFresh: begin */
export function fed({ url, rows, decode, news }) {
  /** @type {string | null} */
  let etag = null;

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

  const { refresh, follow } = polling({
    ask: async (signal) => take(await fetchChanged(url, etag, { signal, retries: rows.peek() === null ? 1 : 0 })),
    failed,
    every: EVERY,
  });

  function stayFresh() {
    follow();
    refresh();
  }

  return { refresh, stayFresh };
}
