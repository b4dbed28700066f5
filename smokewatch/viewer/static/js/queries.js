/** Reading and writing the values of a URL's query, as every screen does. Pure: no DOM. */

/** @template {string} T
 * @param {readonly T[]} known
 * @param {string | null} text
 * @returns {T | null} */
export function oneOf(known, text) {
  return known.find((name) => name === text) ?? null;
}

/** @param {string | null} text
 * @returns {string} a calendar day that exists, or "" */
export function day(text) {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return "";
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text ? text : "";
}

/** @param {string | null} text
 * @returns {number | null} a threshold in 0..1 */
export function unit(text) {
  if (text === null || !/^(\d+(\.\d*)?|\.\d+)$/.test(text)) return null;
  const value = Number(text);
  return value <= 1 ? value : null;
}

/** @param {string[]} values
 * @param {readonly string[]} known
 * @returns {string[]} those that are known */
export function someOf(values, known) {
  return settled(values.filter((text) => known.includes(text)));
}

/** @param {string[]} values
 * @returns {string[]} each once, in a settled order, so that one state has one URL */
export function settled(values) {
  return [...new Set(values)].sort();
}

/** A list with a value put in, or taken out where it is in.
 * @param {string[]} values
 * @param {string} value
 * @returns {string[]} */
export function toggled(values, value) {
  return values.includes(value) ? values.filter((each) => each !== value) : settled([...values, value]);
}

/** The changes that follow a filter's values: a camera outside the chosen organizations would hide everything.
 * @template {string} Name
 * @param {string[]} cameras the chosen ones
 * @param {Name} name
 * @param {string[]} values
 * @returns {Partial<Record<Name | "camera", string[]>>} */
export function following(cameras, name, values) {
  const changes = /** @type {Partial<Record<Name | "camera", string[]>>} */ ({ [name]: values });
  if (name !== "organization" || values.length === 0) return changes;
  return { ...changes, camera: cameras.filter((camera) => values.includes(camera.slice(0, camera.lastIndexOf(":")))) };
}
