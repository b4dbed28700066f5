/** The table: a grid of which only the rows in sight exist. Scroll, selection and focus survive what is shown changing. */
import { card, columnsFor } from "./columns.js";
import { seated, useSize } from "./grid.js";
import { classes, html, useLayoutEffect, useMemo, useRef, useState } from "./html.js";
import { activePosition, move, pick, positions } from "./picking.js";
import { changed, DEFAULT_SORT, formatRoute } from "./route.js";
import { evaluating, navigate, opened, route, rows, selection, sorting, threshold } from "./state.js";
import { decide, keyAt, outcomeAt, rowOf } from "./store.js";

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./store.js").Rows} Rows */

const ROW = 32;
const CARD = 60;
const HEAD = 32;
const NARROW = 480;
const BEYOND = 6;

/** Keep what is looked at in its place when other rows are shown: the selected row, else the first one in sight, else
 * the next one after it that is still there.
 * @param {{ current: HTMLElement | null }} scroller
 * @param {{ current: number }} scrolled its scrollTop as last told: asking the element lays the page out once more
 * @param {number} room px of rows in sight
 * @param {number} height of a row
 * @param {Int32Array} shown */
function useAnchor(scroller, scrolled, room, height, shown) {
  const before = useRef({ shown, rows: rows.value, sort: sorting.value, height });
  useLayoutEffect(() => {
    const box = scroller.current;
    const { shown: old, rows: oldRows, sort: oldSort, height: oldHeight } = before.current;
    before.current = { shown, rows: rows.value, sort: sorting.value, height };
    if (box === null || (old === shown && oldHeight === height) || oldRows === null || rows.value === null) return;
    const top = scrolled.current;
    const go = (/** @type {number} */ to) => {
      if (to !== top) box.scrollTop = to;
    };
    const active = activePosition();
    const seen = (/** @type {number} */ at) => at * oldHeight >= top - oldHeight && at * oldHeight < top + room;
    const oldActive = active === -1 ? -1 : old.indexOf(shown[active]);
    const sameRows = oldRows === rows.value;
    if (sameRows && oldActive !== -1 && seen(oldActive)) {
      go(top + active * height - oldActive * oldHeight);
    } else if (oldSort !== sorting.value) {
      go(0);
    } else if (sameRows) {
      let at = Math.min(old.length - 1, Math.max(0, Math.ceil(top / oldHeight)));
      const offset = at * oldHeight - top;
      const places = positions.value;
      while (at < old.length && places[old[at]] === -1) at += 1;
      if (at < old.length && at >= 0 && top > 0) go(places[old[at]] * height - offset);
    } else if (top > 0) {
      // New rows came in above: what was first in sight stays there.
      const row = old[Math.ceil(top / oldHeight)];
      const at = row === undefined ? -1 : shown.findIndex((each) => rows.value !== null && keyAt(rows.value, each) === keyAt(oldRows, row));
      if (at !== -1) go(at * height - (Math.ceil(top / oldHeight) * oldHeight - top));
    }
  }, [shown, height]);
}

/** @param {{ column: Column, sort: string, at: number }} props */
function Head({ column, sort, at }) {
  const direction = sort === column.sort ? "ascending" : sort === `-${column.sort}` ? "descending" : "none";
  const onClick = () => navigate({ sort: direction === "descending" ? column.sort : `-${column.sort}` });
  return html`<div role="columnheader" aria-sort=${direction} aria-colindex=${at + 1} class=${classes("head", column.numeric && "number")}>
    <button type="button" onClick=${onClick} title=${column.hint}>
      ${column.title}<span class=${`arrow ${direction}`} aria-hidden="true"></span>
    </button>
  </div>`;
}

/** Names for the sort a card list is in. */
const CARD_SORTS = [
  [DEFAULT_SORT, "Newest first"],
  ["started_at", "Oldest first"],
  ["-recorded_score", "Highest score first"],
  ["recorded_score", "Lowest score first"],
  ["match", "By match"],
  ["camera", "By camera"],
];

/** @param {{ sort: string }} props */
function CardHead({ sort }) {
  const known = CARD_SORTS.some(([name]) => name === sort) ? CARD_SORTS : [[sort, sort.replace(/^-/, "")], ...CARD_SORTS];
  const onChange = (/** @type {Event} */ event) => navigate({ sort: /** @type {HTMLSelectElement} */ (event.target).value });
  return html`<div role="columnheader" class="head card-head">
    <label>Sort <select value=${sort} onChange=${onChange}>${known.map(([name, text]) => html`<option value=${name}>${text}</option>`)}</select></label>
  </div>`;
}

/** A sequence in a tab of its own, as a link would open it.
 * @param {Rows} held
 * @param {number} row */
function openApart(held, row) {
  const there = changed(route.peek(), { sequence: keyAt(held, row) });
  window.open(location.pathname + formatRoute(there), "_blank", "noopener");
}

/** One row. A step of the slider moves most and changes few, so what stands in it is made anew only when it is other.
 * @param {{ rows: Rows, row: number, at: number, height: number, columns: Column[] | null, decision: number, outcome: number, stop: boolean, active: boolean, selected: boolean }} props
 * columns: null for a card; stop: whether it holds the tab stop */
function Line({ rows: held, row, at, height, columns, decision, outcome, stop, active, selected }) {
  const cells = useMemo(() => {
    const verdict = { decision, outcome };
    return columns === null
      ? card(held, row, verdict)
      : columns.map((column, index) => html`<div role="gridcell" aria-colindex=${index + 1} class=${classes("cell", column.numeric && "number")}>${column.cell(held, row, verdict)}</div>`);
  }, [held, row, columns, decision, outcome]);
  return html`<div role="row" class=${classes("row", selected && "selected", active && "active")} aria-rowindex=${at + 2} aria-selected=${selected}
    tabindex=${stop ? 0 : -1} style=${{ transform: `translateY(${at * height}px)` }} onClick=${(/** @type {MouseEvent} */ event) => (event.ctrlKey || event.metaKey ? openApart(held, row) : pick(at))}>
    ${cells}
  </div>`;
}

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

export function Table() {
  const scroller = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [first, setFirst] = useState(0);
  const { width, height } = useSize(scroller);
  const held = rows.value;
  const shown = selection.value?.rows ?? new Int32Array(0);
  const narrow = width > 0 && width < NARROW;
  const rowHeight = narrow ? CARD : ROW;
  const inEvaluation = evaluating.value;
  const columns = useMemo(() => columnsFor(inEvaluation, width), [inEvaluation, width]);
  const active = activePosition();
  const sort = sorting.value;
  const selectedRow = held === null ? -1 : rowOf(held, opened.value);
  const page = Math.max(1, Math.floor((height - HEAD) / rowHeight) - 1);

  const scrolled = useRef(0);
  const onScroll = () => {
    scrolled.current = scroller.current?.scrollTop ?? 0;
    setFirst(Math.floor(scrolled.current / rowHeight));
  };
  useAnchor(scroller, scrolled, height - HEAD, rowHeight, shown);
  // Fewer rows may end above what was in sight. Reckoned: asking the element would lay the page out once more.
  useLayoutEffect(() => {
    scrolled.current = Math.min(scrolled.current, Math.max(0, HEAD + shown.length * rowHeight - height));
    setFirst(Math.floor(scrolled.current / rowHeight));
  }, [shown.length, rowHeight]);

  // The active row comes into sight when it is another one, not when others come and go around it.
  const shownActive = useRef("");
  useLayoutEffect(() => {
    const box = scroller.current;
    const name = held !== null && active !== -1 ? keyAt(held, shown[active]) : "";
    if (box === null || height === 0 || name === "" || name === shownActive.current) return;
    shownActive.current = name;
    const top = active * rowHeight;
    const room = height - HEAD;
    const above = box.scrollTop - top;
    const below = top + rowHeight - box.scrollTop - room;
    // A step brings the next row in at the edge; what was far away comes to the middle, among its neighbours.
    if (Math.max(above, below) > room) box.scrollTop = top - (room - rowHeight) / 2;
    else if (above > 0) box.scrollTop = top;
    else if (below > 0) box.scrollTop += below;
  });

  // One row holds the tab stop. Where it is out of sight it still exists, so that the focus is never lost.
  const from = Math.max(0, Math.min(first, shown.length - 1) - BEYOND);
  const until = Math.min(shown.length, Math.max(0, first) + Math.ceil(height / rowHeight) + BEYOND + 1);
  const stop = active === -1 ? Math.min(Math.max(first, 0), shown.length - 1) : active;
  // Asked before the rows change: an element that goes takes the focus with it.
  const hadFocus = document.activeElement?.classList.contains("row") ?? false;
  useLayoutEffect(() => {
    const focused = document.activeElement;
    const kept = focused instanceof HTMLElement && focused !== document.body && (!focused.classList.contains("row") || focused.tabIndex === 0);
    if (hadFocus && !kept) scroller.current?.querySelector(/** @type {"div"} */ ('.row[tabindex="0"]'))?.focus({ preventScroll: true });
  });

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inRow = event.target instanceof HTMLElement && event.target.classList.contains("row");
    if (!inRow && event.target !== scroller.current) return;
    const step = event.key in STEPS ? STEPS[/** @type {keyof typeof STEPS} */ (event.key)] : undefined;
    if (step !== undefined) move(active === -1 && inRow ? 0 : step);
    else if (event.key === "PageDown") move(page);
    else if (event.key === "PageUp") move(-page);
    else if (event.key === "Home") move("first");
    else if (event.key === "End") move("last");
    else if (event.key === "Enter") pick(stop);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const places = Array.from({ length: Math.max(0, until - from) }, (_, at) => from + at);
  if (stop >= 0 && (stop < from || stop >= until)) places.push(stop);
  const seats = useRef(/** @type {Map<number, number>} */ (new Map()));
  seats.current = seated(seats.current, places.map((at) => shown[at]));
  const now = inEvaluation ? threshold.value : 0;
  const line = (/** @type {number} */ at) => {
    const row = shown[at];
    const decision = held === null ? -1 : inEvaluation ? decide(held.recorded[row], now) : held.decision[row];
    const outcome = held === null || !inEvaluation ? -1 : outcomeAt(held, row, now);
    return html`<${Line} key=${seats.current.get(row)} rows=${held} row=${row} at=${at} height=${rowHeight} columns=${narrow ? null : columns}
      decision=${decision} outcome=${outcome} stop=${at === stop} active=${at === active} selected=${row === selectedRow} />`;
  };
  /** @type {unknown[]} */
  const lines = [];
  for (const at of places) lines[seats.current.get(shown[at]) ?? 0] = line(at);

  return html`<div class=${classes("table", narrow && "cards")} role="grid" aria-label="Sequences" aria-rowcount=${shown.length + 1}
    aria-colcount=${narrow ? 2 : columns.length} aria-multiselectable="false" ref=${scroller} onScroll=${onScroll} onKeyDown=${onKeyDown}
    style=${{ "--tracks": columns.map((column) => column.track).join(" ") }}>
    <div role="row" class="heads" aria-rowindex="1">
      ${narrow ? html`<${CardHead} sort=${sort} />` : columns.map((column, at) => html`<${Head} key=${column.sort} column=${column} sort=${sort} at=${at} />`)}
    </div>
    <div class="lines" role="rowgroup" style=${{ height: `${shown.length * rowHeight}px` }}>${lines}</div>
  </div>`;
}
