/** A table of which only the rows in sight exist. Scroll, selection and focus survive what is shown changing. */
import { classes, html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./html.js";
import { useSize } from "./measuring.js";

/** @typedef {object} Column
 * @property {string} sort the name it sorts by
 * @property {string} title
 * @property {string} [hint]
 * @property {string} track its grid track
 * @property {number} least its narrowest width in px
 * @property {number} need who goes first where not all fit, 1 the last to go
 * @property {boolean} [numeric]
 * @property {boolean} [moves] whether a cell looks at the context
 * @property {(rows: any, row: number, context: any) => unknown} cell */
/** @typedef {ReturnType<typeof import("./walking.js").walked>} Walk */
/** @typedef {object} Given
 * @property {any} rows
 * @property {Int32Array} shown in order
 * @property {Column[]} columns all of them; those that fit are drawn
 * @property {(rows: any, row: number, context: any) => unknown} card a row in two lines, for narrow screens
 * @property {[string, string][]} cardSorts sorts and their names, for narrow screens
 * @property {any} context what cells are drawn by; another object where they change
 * @property {string} sort
 * @property {((sort: string) => void) | null} onSort null: it has one order
 * @property {string} [label] what it holds
 * @property {(() => void) | null} [onEnd] reads on where its end comes near; null: all of it is there
 * @property {number} selected the open row; -1: none
 * @property {(rows: any, row: number) => string} keyAt
 * @property {(key: string) => string} addressOf a sequence's own address
 * @property {Walk} walk */

const ROW = 32;
const CARD = 60;
const HEAD = 32;
const NARROW = 480;
const BEYOND = 6;
const GAP = 12;
const EDGES = 24;

/** The columns that fit a width, in their order.
 * @param {Column[]} all
 * @param {number} width px
 * @returns {Column[]} */
export function fitting(all, width) {
  let left = width - EDGES + GAP;
  const chosen = new Set();
  for (const column of [...all].sort((a, b) => a.need - b.need)) {
    left -= column.least + GAP;
    if (left < 0) break;
    chosen.add(column);
  }
  return all.filter((column) => chosen.has(column));
}

/** Keep what is looked at in its place when other rows are shown: the selected row, else the first one in sight, else
 * the next one after it that is still there.
 * @param {{ current: HTMLElement | null }} scroller
 * @param {{ current: number }} scrolled its scrollTop as last told: asking the element lays the page out once more
 * @param {number} room px of rows in sight
 * @param {number} height of a row
 * @param {Given} given */
function useAnchor(scroller, scrolled, room, height, { rows, shown, sort, keyAt, walk }) {
  const before = useRef({ shown, rows, sort, height });
  useLayoutEffect(() => {
    const box = scroller.current;
    const { shown: old, rows: oldRows, sort: oldSort, height: oldHeight } = before.current;
    before.current = { shown, rows, sort, height };
    if (box === null || (old === shown && oldHeight === height)) return;
    const places = walk.positions.value;
    const top = scrolled.current;
    const go = (/** @type {number} */ to) => {
      if (to === top) return;
      box.scrollTop = to;
      // The element tells it with the next frame, and other rows may be shown before.
      scrolled.current = to;
    };
    const active = walk.activePosition();
    const seen = (/** @type {number} */ at) => at * oldHeight >= top - oldHeight && at * oldHeight < top + room;
    const oldActive = active === -1 ? -1 : old.indexOf(shown[active]);
    const first = Math.min(old.length - 1, Math.max(0, Math.ceil(top / oldHeight)));
    const offset = first * oldHeight - top;
    if (oldRows === rows && oldActive !== -1 && seen(oldActive)) go(top + active * height - oldActive * oldHeight);
    else if (oldSort !== sort) go(0);
    else if (top > 0 && oldRows === rows) {
      let at = first;
      while (at < old.length && places[old[at]] === -1) at += 1;
      if (at < old.length) go(places[old[at]] * height - offset);
    } else if (top > 0 && old[first] !== undefined) {
      // New rows came in above: what was first in sight stays there.
      const key = keyAt(oldRows, old[first]);
      const at = shown.findIndex((each) => keyAt(rows, each) === key);
      if (at !== -1) go(at * height - offset);
    }
  }, [shown, height]);
}

/** @param {{ column: Column, sort: string, at: number, onSort: ((sort: string) => void) | null }} props */
function Head({ column, sort, at, onSort }) {
  if (onSort === null) return html`<div role="columnheader" aria-colindex=${at + 1} class=${classes("head", column.numeric && "number")} title=${column.hint}><span class="head-text">${column.title}</span></div>`;
  const direction = sort === column.sort ? "ascending" : sort === `-${column.sort}` ? "descending" : "none";
  const onClick = () => onSort(direction === "descending" ? column.sort : `-${column.sort}`);
  return html`<div role="columnheader" aria-sort=${direction} aria-colindex=${at + 1} class=${classes("head", column.numeric && "number")}>
    <button type="button" onClick=${onClick} title=${column.hint}>
      ${column.title}<span class=${`arrow ${direction}`} aria-hidden="true"></span>
    </button>
  </div>`;
}

/** @param {{ sorts: [string, string][], sort: string, onSort: (sort: string) => void }} props */
function CardHead({ sorts, sort, onSort }) {
  const known = sorts.some(([name]) => name === sort) ? sorts : [[sort, sort.replace(/^-/, "")], ...sorts];
  const onChange = (/** @type {Event} */ event) => onSort(/** @type {HTMLSelectElement} */ (event.target).value);
  return html`<div role="columnheader" class="head card-head">
    <label>Sort <select value=${sort} onChange=${onChange}>${known.map(([name, text]) => html`<option value=${name}>${text}</option>`)}</select></label>
  </div>`;
}

/** Which of the table's elements each row has: those that stay in sight keep theirs, and only move; the others take what
 * is free. So a step of the slider lays out few cells.
 * @param {Map<number, number>} before row -> element
 * @param {Iterable<number>} wanted rows
 * @returns {Map<number, number>} */
export function seated(before, wanted) {
  const rows = [...wanted];
  const places = new Map(rows.flatMap((row) => (before.has(row) ? [[row, /** @type {number} */ (before.get(row))]] : [])));
  const taken = new Set(places.values());
  let free = 0;
  for (const row of rows) {
    if (places.has(row)) continue;
    while (taken.has(free)) free += 1;
    places.set(row, free++);
  }
  return places;
}

/** One row. Its props are stable where nothing changed, and then it is not drawn again.
 * @param {{ given: { rows: any, card: Given["card"], click: (event: MouseEvent, at: number, row: number) => void }, row: number,
 *   at: number, height: number, columns: Column[] | null, context: any, stop: boolean, active: boolean, selected: boolean }} props
 * columns: null for a card; stop: whether it holds the tab stop */
function Line({ given: { rows, card, click }, row, at, height, columns, context, stop, active, selected }) {
  const draw = (/** @type {Column} */ column, /** @type {number} */ index) => html`<div role="gridcell" key=${column.sort} aria-colindex=${index + 1}
    class=${classes("cell", column.numeric && "number")}>${column.cell(rows, row, context)}</div>`;
  // Drawn once a row: a step of the slider draws only the cells that move with it.
  const still = useMemo(() => columns?.map((column, index) => (column.moves ? null : draw(column, index))), [rows, row, columns]);
  return html`<div role="row" class=${classes("row", selected && "selected", active && "active")} aria-rowindex=${at + 2} aria-selected=${selected}
    tabindex=${stop ? 0 : -1} style=${{ transform: `translateY(${at * height}px)` }} onClick=${(/** @type {MouseEvent} */ event) => click(event, at, row)}>
    ${columns === null
      ? card(rows, row, context)
      : columns.map((column, index) => still?.[index] ?? draw(column, index))}
  </div>`;
}

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** @param {Given} given */
export function Grid(given) {
  const { rows, shown, card, cardSorts, context, sort, onSort, selected, keyAt, addressOf, walk, label = "Sequences", onEnd = null } = given;
  const [scroller, { width, height }] = useSize();
  const [first, setFirst] = useState(0);
  const narrow = width > 0 && width < NARROW;
  const rowHeight = narrow ? CARD : ROW;
  const columns = useMemo(() => fitting(given.columns, width), [given.columns, width]);
  const active = walk.activePosition();
  const page = Math.max(1, Math.floor((height - HEAD) / rowHeight) - 1);

  const scrolled = useRef(0);
  const onScroll = () => {
    scrolled.current = scroller.current?.scrollTop ?? 0;
    setFirst(Math.floor(scrolled.current / rowHeight));
  };
  useAnchor(scroller, scrolled, height - HEAD, rowHeight, given);
  // Fewer rows may end above what was in sight. Reckoned: asking the element would lay the page out once more.
  useLayoutEffect(() => {
    scrolled.current = Math.min(scrolled.current, Math.max(0, HEAD + shown.length * rowHeight - height));
    setFirst(Math.floor(scrolled.current / rowHeight));
  }, [shown.length, rowHeight]);

  // The active row comes into sight when it is another one, not when others come and go around it.
  const shownActive = useRef("");
  useLayoutEffect(() => {
    const box = scroller.current;
    const name = active === -1 ? "" : keyAt(rows, shown[active]);
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
  const until = Math.min(shown.length, from + Math.ceil(height / rowHeight) + 2 * BEYOND + 1);
  useEffect(() => {
    if (until >= shown.length - BEYOND) onEnd?.();
  }, [until, shown]);
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
    if (step !== undefined) walk.move(active === -1 && inRow ? 0 : step);
    else if (event.key === "PageDown") walk.move(page);
    else if (event.key === "PageUp") walk.move(-page);
    else if (event.key === "Home") walk.move("first");
    else if (event.key === "End") walk.move("last");
    else if (event.key === "Enter") walk.pick(stop);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const stable = useMemo(() => {
    const click = (/** @type {MouseEvent} */ event, /** @type {number} */ at, /** @type {number} */ row) => {
      if (event.ctrlKey || event.metaKey) window.open(addressOf(keyAt(rows, row)), "_blank", "noopener");
      else walk.pick(at);
    };
    return { rows, card, click };
  }, [rows]);
  const places = Array.from({ length: Math.max(0, until - from) }, (_, at) => from + at);
  if (stop >= 0 && (stop < from || stop >= until)) places.push(stop);
  const seats = useRef(/** @type {Map<number, number>} */ (new Map()));
  seats.current = seated(seats.current, places.map((at) => shown[at]));
  const line = (/** @type {number} */ at) => html`<${Line} key=${seats.current.get(shown[at])} given=${stable} row=${shown[at]}
    at=${at} height=${rowHeight} columns=${narrow ? null : columns} context=${context} stop=${at === stop} active=${at === active} selected=${shown[at] === selected} />`;
  /** @type {unknown[]} */
  const lines = [];
  for (const at of places) lines[seats.current.get(shown[at]) ?? 0] = line(at);

  return html`<div class=${classes("table", narrow && "cards")} role="grid" aria-label=${label} aria-rowcount=${onEnd === null ? shown.length + 1 : -1}
    aria-colcount=${narrow ? 2 : columns.length} aria-multiselectable="false" ref=${scroller} onScroll=${onScroll} onKeyDown=${onKeyDown}
    style=${{ "--tracks": columns.map((column) => column.track).join(" ") }}>
    <div role="row" class="heads" aria-rowindex="1">
      ${narrow && onSort !== null
        ? html`<${CardHead} sorts=${cardSorts} sort=${sort} onSort=${onSort} />`
        : (narrow ? [] : columns).map((column, at) => html`<${Head} key=${column.sort} column=${column} sort=${sort} at=${at} onSort=${onSort} />`)}
    </div>
    <div class="lines" role="rowgroup" style=${{ height: `${shown.length * rowHeight}px` }}>${lines}</div>
  </div>`;
}
