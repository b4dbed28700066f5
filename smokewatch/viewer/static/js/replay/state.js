/** The page's state: the URL, the rows, and what follows from both. Components read signals; `navigate` is the one way
 * to change the URL. */
import { failures, population, selector } from "./filtering.js";
import { addressed } from "../address.js";
import { computed, signal } from "../html.js";
import { changed, formatRoute, parseRoute } from "./route.js";
import { sorted, sortMoves } from "./sorting.js";
import { keyAt, rowOf } from "./store.js";
import { walked } from "../walking.js";

/** @typedef {import("./store.js").Rows} Rows */
/** @typedef {import("./route.js").Route} Route */
/** @typedef {import("./route.js").Changes} Changes */
/** @typedef {(changes: Changes, options?: { replace?: boolean }) => void} Navigate */

export { announcement, confirmedAt, helpOpen, lostSince, problem, sheet } from "../page.js";

/** The URL's state; `navigate` is the one way to change it. */
export const { route, navigate, followHistory } = addressed({ parse: parseRoute, format: formatRoute, changed });
/** Null until the first reply. */
export const rows = signal(/** @type {Rows | null} */ (null));

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
/** The state as it was when a filter or the mode last changed: for who shows no more of it than those. */
export const filters = computed(() => {
  filterText.value;
  outcomeText.value;
  return route.peek();
});
const select = computed(() =>
  rows.value === null || masks.value === null ? null : selector(rows.value, masks.value, filters.value),
);
/** What is shown and counted; null until there are rows. */
export const selection = computed(() =>
  select.value === null || order.value === null ? null : select.value(threshold.value, order.value),
);
/** The rows that evaluation measures; they do not move with the threshold. */
export const measured = computed(() => (masks.value === null ? new Int32Array(0) : population(masks.value)));

export const walk = walked({ route, navigate, rows, selection, keyAt, rowOf });
