// What a newer document has in common with the former one. Pure: no DOM.

/**
 * The newer document; what of it is as before is the former's own object, so that nothing drawn of it is drawn again.
 * @param {any} before
 * @param {any} now plain JSON that nobody else holds: its parts are exchanged in place
 * @returns {any} `before` itself where nothing changed
 */
export function sharing(before, now) {
  if (before === now) return before;
  const parts = [before, now].every((each) => typeof each === "object" && each !== null);
  if (!parts || Array.isArray(before) !== Array.isArray(now)) return now;
  const names = Object.keys(now);
  let same = names.length === Object.keys(before).length;
  for (const name of names) {
    const known = Object.hasOwn(before, name);
    if (known) now[name] = sharing(before[name], now[name]);
    same &&= known && now[name] === before[name];
  }
  return same ? before : now;
}
