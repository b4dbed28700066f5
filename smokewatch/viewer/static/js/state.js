/** The page's state: the URL, the rows, and what follows from both. Components read signals; `navigate` is the one way
 * to change the URL. */
import { failures, population, select } from "./filtering.js";
import { batch, computed, signal } from "./html.js";
import { changed, formatRoute, parseRoute } from "./route.js";
import { sorted, sortMoves } from "./sorting.js";

/** @typedef {import("./store.js").Rows} Rows */
/** @typedef {import("./route.js").Route} Route */
/** @typedef {import("./route.js").Changes} Changes */
/** @typedef {(changes: Changes, options?: { replace?: boolean }) => void} Navigate */

export const route = signal(parseRoute(location.search));
/** Null until the first reply. */
export const rows = signal(/** @type {Rows | null} */ (null));
/** Why there are no rows, or why the newest could not be read. */
export const problem = signal(/** @type {import("./fetching.js").Problem | null} */ (null));
/** Since when the server does not answer, epoch milliseconds; null: it answers. */
export const lostSince = signal(/** @type {number | null} */ (null));
/** When the server last said that the rows are the newest, epoch milliseconds. */
export const confirmedAt = signal(0);
/** What is said once to people who listen, and shown for a moment to those who look. */
export const announcement = signal("");
export const helpOpen = signal(false);
/** On a narrow screen: what lies over the table. */
export const sheet = signal(/** @type {"" | "filters" | "summary"} */ (""));

/** Parts of the URL's state that components follow alone, so that a step of the slider does not draw them all again. */
export const opened = computed(() => route.value.sequence);
export const sorting = computed(() => route.value.sort);
export const evaluating = computed(() => route.value.mode === "eval");
export const threshold = computed(() => route.value.threshold ?? rows.value?.defaultThreshold ?? 0.5);

// Text, so that what follows is computed again only when it differs: a frame of the player changes the route as well.
const filterText = computed(() =>
  formatRoute({ ...route.value, sequence: null, threshold: null, sort: "-started_at", outcome: [] }),
);
const outcomeText = computed(() => route.value.outcome.join(" "));
const sortThreshold = computed(() => (sortMoves(sorting.value, evaluating.value) ? threshold.value : 0));

const masks = computed(() => {
  filterText.value;
  return rows.value === null ? null : failures(rows.value, route.peek());
});
const order = computed(() =>
  rows.value === null ? null : sorted(rows.value, sorting.value, sortThreshold.value, evaluating.value),
);
/** What is shown and counted; null until there are rows. */
export const selection = computed(() => {
  filterText.value;
  outcomeText.value;
  if (rows.value === null || masks.value === null || order.value === null) return null;
  return select(rows.value, masks.value, route.peek(), threshold.value, order.value);
});
/** The rows that evaluation measures; they do not move with the threshold. */
export const measured = computed(() => (masks.value === null ? new Int32Array(0) : population(masks.value)));

/** How long a dragged or typed state waits for its place in the URL: browsers refuse hundreds of writes a minute. */
const SETTLE = 200;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let settling;

function writeUrl() {
  clearTimeout(settling);
  settling = undefined;
  const url = location.pathname + formatRoute(route.peek());
  if (url !== location.pathname + location.search) history.replaceState(null, "", url);
}

/** Merge changes into the URL's state: a new entry of the history, or with `replace` the same one, written once the
 * drag or the typing settles.
 * @type {Navigate} */
export function navigate(changes, { replace = false } = {}) {
  const next = changed(route.peek(), changes);
  if (formatRoute(next) === formatRoute(route.peek())) return;
  if (replace) {
    clearTimeout(settling);
    settling = setTimeout(writeUrl, SETTLE);
  } else {
    if (settling !== undefined) writeUrl();
    history.pushState(null, "", location.pathname + formatRoute(next));
  }
  route.value = next;
}

/** Follow back and forward, and let no settled state be lost with the page. */
export function followHistory() {
  addEventListener("popstate", () => {
    clearTimeout(settling);
    settling = undefined;
    batch(() => {
      route.value = parseRoute(location.search);
      sheet.value = "";
    });
  });
  addEventListener("pagehide", writeUrl);
}
