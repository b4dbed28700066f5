/** The pages of the history that were read, as one list, newest first. Pure: no DOM, no clock. */

/** @typedef {import("../overview/types.js").HistoryRow} HistoryRow */
/** @typedef {{ count: number, asOf: string, stale: boolean, items: HistoryRow[], cursor: string | null }} Rows
 * cursor: of what follows the last one; null: nothing does */

/** @param {any} reply
 * @returns {Rows} */
export function decodeRows(reply) {
  return { count: reply.rows.length, asOf: reply.as_of, stale: Boolean(reply.stale), items: reply.rows, cursor: reply.cursor };
}

/** What is held, with the newest page before it. Where they do not meet, more came than a page holds: the page alone
 * stands, and the rest is read again as it is scrolled to.
 * @param {Rows | null} held
 * @param {Rows} newest
 * @returns {Rows} */
export function withNewest(held, newest) {
  const last = newest.items.at(-1);
  if (held === null || last === undefined) return newest;
  const at = held.items.findIndex(({ id }) => id === last.id);
  if (at === -1) return newest;
  const items = [...newest.items, ...held.items.slice(at + 1)];
  return { ...newest, count: items.length, items, cursor: items.length === newest.items.length ? newest.cursor : held.cursor };
}

/** What is held, with the page after it.
 * @param {Rows} held
 * @param {Rows} page
 * @returns {Rows} */
export function withNext(held, page) {
  const items = [...held.items, ...page.items];
  return { ...held, count: items.length, items, cursor: page.cursor };
}

/** @param {Rows} rows
 * @param {number} row
 * @returns {string} the line's id */
export const keyAt = (rows, row) => String(rows.items[row]?.id ?? "");

/** @param {Rows} rows
 * @param {string | null} key
 * @returns {number} its row, -1 when there is none */
export const rowOf = (rows, key) => (key === null ? -1 : rows.items.findIndex(({ id }) => String(id) === key));
