/** The rows, and newer ones as they come: asked for every ten seconds with the ETag of what is held, never from a
 * hidden tab; a lost connection is tried again until it is back. */
import { asProblem, fetchChanged } from "./fetching.js";
import { plural } from "./format.js";
import { batch } from "./html.js";
import { announcement, confirmedAt, lostSince, problem, rows } from "./state.js";
import { decodeRows } from "./store.js";

const EVERY = 10_000;
const WHILE_LOST = 3_000;
/** An answer that takes longer is none: a server that hangs is lost too. */
const PATIENCE = 30_000;
const ROWS = "/api/sequences";

/** @type {string | null} */
let etag = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let asking = false;

/** @param {{ data: any, etag: string | null } | null} reply */
function take(reply) {
  const held = rows.peek();
  batch(() => {
    if (lostSince.peek() !== null) announcement.value = "Connected again.";
    if (reply !== null) {
      rows.value = decodeRows(reply.data);
      etag = reply.etag;
      const more = rows.value.count - (held?.count ?? 0);
      const newer = held !== null && !rows.value.stale && rows.value.asOf !== held.asOf;
      if (newer) announcement.value = more > 0 ? `${plural(more, "new sequence")}.` : "Results were updated.";
    }
    lostSince.value = null;
    confirmedAt.value = Date.now();
    problem.value = null;
  });
}

/** Ask now, and again later. */
export async function refresh() {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    take(await fetchChanged(ROWS, etag, { retries: rows.peek() === null ? 1 : 0, signal }));
  } catch (error) {
    const failed = asProblem(error);
    batch(() => {
      if (failed.unreachable) lostSince.value ??= Date.now();
      problem.value = failed;
    });
  }
  asking = false;
  if (!document.hidden) timer = setTimeout(refresh, lostSince.peek() === null ? EVERY : WHILE_LOST);
}

/** Begin, and pause while nobody looks. */
export function stayFresh() {
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) refresh();
  });
  addEventListener("online", refresh);
  refresh();
}
