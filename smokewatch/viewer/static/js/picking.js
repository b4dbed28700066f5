/** Which row is active, and moving it: by the table, by keys from anywhere. */
import { computed, effect, signal } from "./html.js";
import { navigate, route, rows, selection } from "./state.js";
import { keyAt, rowOf } from "./store.js";

/** The key of the row that keys move from. */
export const activeKey = signal(route.peek().sequence);
export const activeRow = computed(() => (rows.value === null ? -1 : rowOf(rows.value, activeKey.value)));
/** Where each row is in the table, -1: not shown. */
export const positions = computed(() => {
  const places = new Int32Array(rows.value?.count ?? 0).fill(-1);
  selection.value?.rows.forEach((row, at) => {
    places[row] = at;
  });
  return places;
});
/** The table's keys in its order; for who steps through them. */
export const shownKeys = computed(() => {
  const held = rows.value;
  return held === null ? [] : Array.from(selection.value?.rows ?? [], (row) => keyAt(held, row));
});

effect(() => {
  if (route.value.sequence !== null) activeKey.value = route.value.sequence;
});

/** @returns {number} the active row's place in the table, -1: none */
export function activePosition() {
  return positions.value[activeRow.value] ?? -1;
}

/** Steps that follow each other faster than this are one entry of the history. */
const ONE_WALK = 1000;
let walked = -Infinity;

/** Choose the row at a place in the table.
 * @param {number} at
 * @param {{ open?: boolean, walking?: boolean }} [how] open: in the detail pane; walking: one step of several */
export function pick(at, { open = true, walking = false } = {}) {
  const held = rows.peek();
  const row = selection.peek()?.rows[at];
  if (held === null || row === undefined) return;
  const key = keyAt(held, row);
  activeKey.value = key;
  if (!open) return;
  const now = performance.now();
  const replace = walking && route.peek().sequence !== null && now - walked < ONE_WALK;
  walked = walking ? now : -Infinity;
  navigate({ sequence: key }, { replace });
}

/** Move the active row; the detail follows, unless it would cover the table.
 * @param {number | "first" | "last"} by rows */
export function move(by) {
  const count = selection.peek()?.rows.length ?? 0;
  if (count === 0) return;
  const from = activePosition();
  const to = by === "first" ? 0 : by === "last" ? count - 1 : from === -1 ? 0 : from + by;
  const covered = matchMedia("(max-width: 700px)").matches && route.peek().sequence === null;
  pick(Math.min(count - 1, Math.max(0, to)), { open: !covered, walking: true });
}
