/** The triage screen's state: the URL, the rows, and what follows from both. */
import { addressed } from "../address.js";
import { fed } from "../feed.js";
import { plural } from "../format.js";
import { computed, signal } from "../html.js";
import { walked } from "../walking.js";
import { failures, optionCounts, passing, populationOf, select } from "./deciding.js";
import { changed, DEFAULT_SORT, formatRoute, parseRoute } from "./route.js";
import { decodeRows, keyAt, rowOf } from "./rows.js";
import { sorted, sortMoves } from "./sorting.js";

/** @typedef {import("./rows.js").Rows} Rows */

/** The URL's state; `navigate` is the one way to change it. */
export const { route, navigate, followHistory } = addressed({ parse: parseRoute, format: formatRoute, changed });
/** Null until the first reply. */
export const rows = signal(/** @type {Rows | null} */ (null));

export const { refresh, stayFresh } = fed({
  url: "/api/triage",
  rows,
  decode: decodeRows,
  news: (before, now) => (now.count > before.count ? `${plural(now.count - before.count, "sequence")} more scored.` : "The triage was updated."),
});

/** Parts of the URL's state that components follow alone, so that a step of the slider does not draw them all again. */
export const opened = computed(() => route.value.sequence);
export const sorting = computed(() => route.value.sort);
export const against = computed(() => route.value.against);
/** What a reset goes to: the latest triage's. */
export const usual = computed(() => rows.value?.threshold ?? 0.35);
export const threshold = computed(() => route.value.threshold ?? usual.value);

// Text, so that what follows is computed again only when it differs: a frame of the player changes the route as well.
const selectText = computed(() => formatRoute({ ...route.value, sequence: null, threshold: null, sort: DEFAULT_SORT }));
const filterText = computed(() => {
  const state = { ...route.value, bucket: [], disagree: false, near: false, moved: false, against: null };
  return formatRoute({ ...state, sequence: null, threshold: null, sort: DEFAULT_SORT });
});
const sortThreshold = computed(() => (sortMoves(sorting.value) ? threshold.value : 0));

const masks = computed(() => {
  filterText.value;
  return rows.value === null ? null : failures(rows.value, route.peek());
});
const order = computed(() => (rows.value === null ? null : sorted(rows.value, sorting.value, sortThreshold.value)));
const listed = computed(() => (masks.value === null || order.value === null ? null : passing(masks.value, order.value)));
/** What cards, sweep, histogram and organizations count; it does not move with the threshold. */
export const population = computed(() =>
  rows.value === null || masks.value === null ? null : populationOf(rows.value, masks.value),
);
/** Of those rows the scores, ascending. */
export const scores = computed(() => population.value?.scores ?? new Float64Array(0));
/** What is shown and counted; null until there are rows. */
export const selection = computed(() => {
  selectText.value;
  if (rows.value === null || population.value === null || listed.value === null) return null;
  return select(rows.value, population.value, listed.value, route.peek(), threshold.value);
});
/** What is shown, in order: another one only where it differs. */
export const shown = computed(() => selection.value?.rows ?? null);

/** The counts beside organizations and cameras, as they are now. */
export function countOptions() {
  const held = rows.peek();
  const failed = masks.peek();
  return held === null || failed === null ? null : optionCounts(held, failed, route.peek(), threshold.peek());
}

const walkedRows = computed(() => (shown.value === null ? null : { rows: shown.value }));
export const walk = walked({ route, navigate, rows, selection: walkedRows, keyAt, rowOf });

/** Move the threshold; steps are n/100 by division, never summed up.
 * @param {number} by hundredths */
export function stepThreshold(by) {
  const at = threshold.peek() * 100;
  const next = by < 0 ? Math.ceil(at - 1e-9) + by : Math.floor(at + 1e-9) + by;
  setThreshold(Math.min(100, Math.max(0, next)) / 100, { replace: true });
}

/** @param {number} value
 * @param {{ replace?: boolean }} [options] */
export function setThreshold(value, options) {
  navigate({ threshold: value === usual.peek() ? null : value }, options);
}
