/** Which row of a table is active, and moving it: by the table, by keys from anywhere. */
import { computed, effect, signal } from "./html.js";

/** @template T
 * @typedef {import("@preact/signals").ReadonlySignal<T>} Read */
/** Steps that follow each other faster than this are one entry of the history. */
const ONE_WALK = 1000;

/** @template {{ count: number }} Rows
 * @param {object} screen
 * @param {Read<{ sequence: string | null }>} screen.route
 * @param {(changes: { sequence: string }, options?: { replace?: boolean }) => void} screen.navigate
 * @param {Read<Rows | null>} screen.rows
 * @param {Read<{ rows: Int32Array } | null>} screen.selection
 * @param {(rows: Rows, row: number) => string} screen.keyAt
 * @param {(rows: Rows, key: string | null) => number} screen.rowOf */
export function walked({ route, navigate, rows, selection, keyAt, rowOf }) {
  /** The key of the row that keys move from. */
  const activeKey = signal(route.peek().sequence);
  const activeRow = computed(() => (rows.value === null ? -1 : rowOf(rows.value, activeKey.value)));
  /** Where each row is in the table, -1: not shown. */
  const positions = computed(() => {
    const places = new Int32Array(rows.value?.count ?? 0).fill(-1);
    selection.value?.rows.forEach((row, at) => {
      places[row] = at;
    });
    return places;
  });

  effect(() => {
    if (route.value.sequence !== null) activeKey.value = route.value.sequence;
  });

  /** @returns {number} the active row's place in the table, -1: none */
  function activePosition() {
    return positions.value[activeRow.value] ?? -1;
  }

  let walkedAt = -Infinity;

  /** Choose the row at a place in the table.
   * @param {number} at
   * @param {{ open?: boolean, walking?: boolean }} [how] open: in the detail pane; walking: one step of several */
  function pick(at, { open = true, walking = false } = {}) {
    const held = rows.peek();
    const row = selection.peek()?.rows[at];
    if (held === null || row === undefined) return;
    const key = keyAt(held, row);
    activeKey.value = key;
    if (!open) return;
    const now = performance.now();
    const replace = walking && route.peek().sequence !== null && now - walkedAt < ONE_WALK;
    walkedAt = walking ? now : -Infinity;
    navigate({ sequence: key }, { replace });
  }

  /** Move the active row; the detail follows, unless it would cover the table.
   * @param {number | "first" | "last"} by rows */
  function move(by) {
    const count = selection.peek()?.rows.length ?? 0;
    if (count === 0) return;
    const from = activePosition();
    const to = by === "first" ? 0 : by === "last" ? count - 1 : from === -1 ? 0 : from + by;
    const covered = matchMedia("(max-width: 700px)").matches && route.peek().sequence === null;
    pick(Math.min(count - 1, Math.max(0, to)), { open: !covered, walking: true });
  }

  /** What leads from the active row to those beside it; null where there is none. */
  const steps = computed(() => {
    const at = activePosition();
    const last = (selection.value?.rows.length ?? 0) - 1;
    return { before: at > 0 ? () => move(-1) : null, after: at !== -1 && at < last ? () => move(1) : null };
  });

  return { activeKey, positions, steps, activePosition, pick, move };
}
