/** Sorting many numbers fast. Pure. */

/** Rows ordered by float64 keys without a comparison function: the keys are sorted as they are, and equal ones are told
 * apart by the row, so that a step of the slider can afford to sort again.
 * @param {Float64Array} keys
 * @param {boolean} descending
 * @returns {Int32Array} */
export function ordered(keys, descending) {
  const known = keys.filter((key) => !Number.isNaN(key)).sort();
  /** @type {Map<number, number>} */
  const starts = new Map();
  // The first place of each key, counted from the end that comes first.
  if (descending) for (let at = 0; at < known.length; at += 1) starts.set(known[at], known.length - 1 - at);
  else for (let at = known.length - 1; at >= 0; at -= 1) starts.set(known[at], at);
  const order = new Int32Array(keys.length);
  let unknown = known.length;
  for (let row = 0; row < keys.length; row += 1) {
    const start = Number.isNaN(keys[row]) ? undefined : starts.get(keys[row]);
    if (start === undefined) order[unknown++] = row;
    else {
      order[start] = row;
      starts.set(keys[row], start + 1);
    }
  }
  return order;
}
