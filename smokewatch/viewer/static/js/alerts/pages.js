/** The pages of the list that were read, as one. Pure: no DOM, no clock. */

/** @typedef {import("./types.js").Item} Item */
/** @typedef {{ items: Item[], cursor: string | null }} Pages cursor: of what follows the last one; null: nothing does */

/** What is held, with its newest pages read again. What was read beyond them stays; where they do not meet, more came
 * than they hold, and they alone stand.
 * @param {Pages} held
 * @param {Pages} newest
 * @returns {Pages} */
export function withNewest(held, newest) {
  const last = newest.items.at(-1)?.key;
  const at = held.items.findIndex(({ key }) => key === last);
  if (at === -1 || newest.cursor === null) return newest;
  const beyond = held.items.slice(at + 1);
  return beyond.length === 0 ? newest : { items: [...newest.items, ...beyond], cursor: held.cursor };
}
