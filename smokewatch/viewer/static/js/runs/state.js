/** The runs that are listed, page by page, or the one that is told. */
import { addressed } from "../address.js";
import { fetchJson } from "../fetching.js";
import { batch, computed, effect, signal } from "../html.js";
import { confirmedAt, lostSince, problem } from "../page.js";
import { polled } from "../panels.js";
import { changed, formatRoute, parseRoute, runOf } from "./route.js";

/** @typedef {import("./types.js").RunRow} RunRow */

const PAGE = 50;

/** The URL's state; `navigate` is the one way to change it. */
export const { route, navigate, followHistory } = addressed({ parse: parseRoute, format: formatRoute, changed });
/** The run that is told; null: they are listed. */
export const told = runOf(location.pathname);

/** @param {import("./route.js").Route} asked */
const addressOf = (asked) => `/api/runs${formatRoute(asked, { limit: String(PAGE) })}`;
const newest = /** @type {import("../panels.js").Panel<import("./types.js").Runs>} */ (polled({ url: () => addressOf(route.peek()), every: 5_000 }));
export const one = /** @type {import("../panels.js").Panel<import("./types.js").OneRun>} */ (polled({ url: () => `/api/runs/${encodeURIComponent(told ?? "")}`, every: 4_000 }));
const panel = told === null ? newest : one;
export const { held, refresh } = panel;

/** Further pages, of the query that they were read for. */
const older = signal(/** @type {{ query: string, rows: RunRow[], cursor: string | null } | null} */ (null));
export const reading = signal(false);
/** Whether what is listed is not yet what the URL asks for. */
export const waiting = computed(() => told === null && newest.held.value?.url !== addressOf(route.value));

/** What is listed; null until the first reply. */
export const runs = computed(() => {
  const page = newest.held.value;
  if (page === null) return null;
  const more = older.value?.query === formatRoute(route.value) ? older.value : null;
  const known = new Set(page.data.rows.map(({ id }) => id));
  return {
    ...page.data,
    rows: [...page.data.rows, ...(more?.rows ?? []).filter(({ id }) => !known.has(id))],
    cursor: more === null ? page.data.cursor : more.cursor,
  };
});

/** Read the page after the last one. */
export async function readMore() {
  const list = runs.peek();
  if (list === null || list.cursor === null || reading.peek() || waiting.peek()) return;
  reading.value = true;
  const query = formatRoute(route.peek());
  try {
    const reply = await fetchJson(`/api/runs${formatRoute(route.peek(), { limit: String(PAGE), cursor: list.cursor })}`);
    // What was asked for meanwhile has another list.
    if (formatRoute(route.peek()) !== query) return;
    const before = older.peek()?.query === query ? (older.peek()?.rows ?? []) : [];
    // What was read further stays in place when the newest page moves on.
    older.value = { query, rows: [...before, ...list.rows.filter(({ id }) => !before.some((row) => row.id === id)), ...reply.rows], cursor: reply.cursor };
  } catch {
    refresh();
  } finally {
    reading.value = false;
  }
}

/** Begin, follow the URL, and pause while nobody looks. */
export function stayFresh() {
  panel.follow();
  let asked = formatRoute(route.peek());
  effect(() => {
    const text = formatRoute(route.value);
    if (text !== asked && told === null) refresh();
    asked = text;
  });
  effect(() => {
    const [failed, since, now] = [panel.problem.value, panel.lostSince.value, panel.held.value];
    batch(() => {
      problem.value = failed;
      lostSince.value = failed?.unreachable ? since : null;
      if (failed === null && now !== null) confirmedAt.value = Date.now();
    });
  });
}
