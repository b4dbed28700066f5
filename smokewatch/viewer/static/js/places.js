/** The keyboard's place in a list or a grid of figures: moved by what is drawn now, wherever it came to lie meanwhile. */

/** Focus another line of a list at once; the first press goes to the line that waits for it.
 * @param {string} lines the selector of all of them
 * @param {number} by
 * @returns {number} how many lines follow it */
export function moveLine(lines, by) {
  const all = [...document.querySelectorAll(/** @type {"a"} */ (lines))];
  const focused = all.findIndex((line) => line === document.activeElement);
  const to = focused === -1 ? all.findIndex((line) => line.tabIndex === 0) : focused + by;
  const next = Math.max(0, Math.min(all.length - 1, to));
  all[next]?.focus();
  return all.length - 1 - next;
}

/** @type {Record<string, number>} */
const LINES = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };

/** What keys do in a list whose lines are links.
 * @param {(by: number) => void} move to another line
 * @returns {(event: KeyboardEvent) => void} */
export function lineKeys(move) {
  return (event) => {
    const by = LINES[event.key];
    if (by === undefined || !(event.target instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    event.stopPropagation();
    move(by);
  };
}

/** Focus a list's line at once: whoever presses j, j and Enter quickly must not be ahead of the next frame.
 * @param {string} lines the selector of all of them
 * @param {number} place */
export function focusLine(lines, place) {
  document.querySelectorAll(/** @type {"a"} */ (lines))[place]?.focus();
}

/** Columns and rows.
 * @type {Record<string, [number, number]>} */
const STEPS = {
  ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1],
  Home: [-Infinity, 0], End: [Infinity, 0], PageUp: [0, -Infinity], PageDown: [0, Infinity],
};

/** Focus another cell of a grid, past those that cannot be focused.
 * @param {KeyboardEvent} event
 * @returns {boolean} whether the key is one that moves */
export function moveCell(event) {
  const step = STEPS[event.key];
  const from = event.target instanceof Element ? event.target.closest("td") : null;
  if (step === undefined || from === null) return false;
  event.preventDefault();
  const [across, down] = step;
  const row = /** @type {HTMLTableRowElement} */ (from.parentElement);
  const line = down === 0 ? [...row.cells] : [.../** @type {HTMLTableSectionElement} */ (row.parentElement).rows].map((each) => each.cells[from.cellIndex]);
  const cells = line.flatMap((each) => each?.querySelector(/** @type {"button"} */ (".cell:not(:disabled)")) ?? []);
  const at = cells.findIndex((cell) => from.contains(cell));
  cells[Math.max(0, Math.min(cells.length - 1, at + across + down))]?.focus();
  return true;
}
