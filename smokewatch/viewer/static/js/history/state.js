/** The history's state: the URL, and the pages that were read of what it asks for. */
import { addressed } from "../address.js";
import { fetchJson } from "../fetching.js";
import { plural } from "../format.js";
import { batch, computed, effect, signal } from "../html.js";
import { announcement, confirmed, failed } from "../page.js";
import { polling } from "../polling.js";
import { walked } from "../walking.js";
import { decodeRows, keyAt, rowOf, withNewest, withNext } from "./pages.js";
import { apiQuery, changed, formatRoute, parseRoute } from "./route.js";

/** @typedef {import("./pages.js").Rows} Rows */
/** @typedef {import("./route.js").Changes} Changes */

const PAGE = 100;
const EVERY = 5_000;

/** The URL's state; `navigate` is the one way to change it. */
export const { route, navigate, followHistory } = addressed({ parse: parseRoute, format: formatRoute, changed });
/** Null until the first reply. */
export const rows = signal(/** @type {Rows | null} */ (null));
/** Whether what is shown is not yet what the URL asks for. */
export const waiting = signal(true);
/** Whether a further page is on its way. */
export const reading = signal(false);
/** What the filters offer: organizations, releases and lengths of the last 30 days; null until it is known. */
export const offered = signal(/** @type {import("../overview/types.js").Heat | null} */ (null));

let asked = "";
/** Whether a further page could not be had: nobody may scroll again to ask for it. */
let unread = false;

/** Ask for the newest page of what the URL says.
 * @param {AbortSignal} signal */
async function ask(signal) {
  const text = apiQuery(route.peek());
  const address = `/api/history${apiQuery(route.peek(), { limit: String(PAGE) })}`;
  take(text, decodeRows(await fetchJson(address, { signal, retries: rows.peek() === null ? 1 : 0 })));
}

const poll = polling({ ask, failed, every: EVERY });
export const { refresh } = poll;

/** @param {string} text what was asked for
 * @param {Rows} newest */
function take(text, newest) {
  const before = text === asked ? rows.peek() : null;
  const now = withNewest(before, newest);
  batch(() => {
    confirmed();
    if (before !== null && now.items[0]?.id !== before.items[0]?.id) announcement.value = `${plural(now.count - before.count, "new line")}.`;
    asked = text;
    // The same list again draws nothing again.
    if (before === null || now.count !== before.count || now.items[0]?.id !== before.items[0]?.id || now.stale !== before.stale) rows.value = now;
    waiting.value = false;
  });
  if (unread) readMore();
}

/** Read the page after the last one. */
export async function readMore() {
  const held = rows.peek();
  if (held === null || held.cursor === null || reading.peek() || waiting.peek()) return;
  reading.value = true;
  unread = false;
  try {
    const reply = await fetchJson(`/api/history${apiQuery(route.peek(), { limit: String(PAGE), cursor: held.cursor })}`);
    const now = rows.peek();
    // What was asked for meanwhile has another list; newer lines before this one do not matter.
    if (now !== null && now.cursor === held.cursor) rows.value = withNext(now, decodeRows(reply));
  } catch (error) {
    unread = true;
    failed(error);
  } finally {
    reading.value = false;
  }
}

/** Begin, follow the URL, and pause while nobody looks. */
export function stayFresh() {
  const wanted = computed(() => apiQuery(route.value));
  effect(() => {
    if (wanted.value !== asked || rows.peek() === null) waiting.value = true;
    refresh();
  });
  poll.follow();
  fetchJson("/api/status/match").then(
    (reply) => {
      offered.value = reply;
    },
    // Without them filters offer what the lines name.
    () => undefined,
  );
}

/** Every line, in order. */
export const shown = computed(() => Int32Array.from({ length: rows.value?.count ?? 0 }, (_, at) => at));
const walkedRows = computed(() => ({ rows: shown.value }));
const walkedRoute = computed(() => ({ sequence: route.value.row }));

/** To a line, which opens its sequence.
 * @param {{ sequence: string }} to the line's id
 * @param {{ replace?: boolean }} [options] */
function toLine({ sequence: row }, options) {
  navigate({ row, sequence: rows.peek()?.items.find(({ id }) => String(id) === row)?.key ?? null }, options);
}

export const walk = walked({ route: walkedRoute, navigate: toLine, rows, selection: walkedRows, keyAt, rowOf });

/** What the detail pane changes: another sequence is another line; none is none.
 * @param {Changes} changes
 * @param {{ replace?: boolean }} [options] */
export function navigateDetail(changes, options) {
  if (changes.sequence === undefined) navigate(changes, options);
  else navigate({ ...changes, row: String(rows.peek()?.items.find(({ key }) => key === changes.sequence)?.id ?? "") || null }, options);
}
