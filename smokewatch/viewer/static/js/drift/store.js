/** What the drift screen draws, of what the server tells. Pure: no DOM, no clock. */

/** @typedef {import("./types.js").Period} Period */
/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./route.js").Route["mode"]} Mode */

export const NONE = -1;
/** Ranks of severities: places in `severities`. */
export const [INSUFFICIENT, FINE, LOW, MEDIUM, HIGH] = [0, 1, 2, 3, 4];
const DAY = 86_400_000;
/** As many days are columns of their own; more are weeks. */
const MOST_DAYS = 35;
/** A gap of more days ends a line. */
const LARGEST_GAP = 3;

/** @param {string} day
 * @returns {number} days since the epoch */
export const dayNumber = (day) => Date.parse(`${day}T00:00:00Z`) / DAY;

/** The Monday of a day's week.
 * @param {string} day
 * @returns {string} */
export function weekOf(day) {
  const number = dayNumber(day);
  // The epoch was a Thursday.
  return new Date((number - ((number + 3) % 7)) * DAY).toISOString().slice(0, 10);
}

/** @param {Period} period
 * @param {Mode} mode
 * @returns {number[]} each day's severity */
export const severities = (period, mode) => (mode === "strict" ? period.days.strict : period.days.severity);

/** @param {Period} period
 * @returns {number[]} places of the days that were checked, ascending */
export const checkedDays = (period) => period.days.severity.flatMap((rank, at) => (rank === NONE ? [] : [at]));

/** The place of the day that is told in full: the wanted one if it was checked, else the newest; -1: none was checked.
 * @param {Period} period
 * @param {string} wanted
 * @returns {number} */
export function shownPlace(period, wanted) {
  const checked = checkedDays(period);
  return checked.find((at) => period.days.day[at] === wanted) ?? checked.at(-1) ?? NONE;
}

/** The checked day some checked days away; null: there is none.
 * @param {Period} period
 * @param {string} from
 * @param {number} by
 * @returns {string | null} */
export function neighbourDay(period, from, by) {
  const days = checkedDays(period).map((at) => period.days.day[at] ?? "");
  return days[days.indexOf(from) + by] ?? null;
}

/** @typedef {{ key: string, days: number[] }} Column key: its first UTC day; days: their places */

/** The heat map's columns: checked days, or their weeks where they are too many.
 * @param {Period} period
 * @returns {{ weeks: boolean, columns: Column[] }} */
export function columnsOf(period) {
  const checked = checkedDays(period);
  const day = (/** @type {number} */ at) => period.days.day[at] ?? "";
  const [first, last] = [checked[0], checked.at(-1)];
  if (first === undefined || last === undefined) return { weeks: false, columns: [] };
  if (dayNumber(day(last)) - dayNumber(day(first)) < MOST_DAYS) return { weeks: false, columns: checked.map((at) => ({ key: day(at), days: [at] })) };
  /** @type {Map<string, Column>} */
  const columns = new Map();
  for (const at of checked) {
    const key = weekOf(day(at));
    const column = columns.get(key) ?? { key, days: [] };
    column.days.push(at);
    columns.set(key, column);
  }
  return { weeks: true, columns: [...columns.values()] };
}

/** @typedef {{ rank: number, at: number, open: number, metric: number, effect: number | null, quality: import("./types.js").Quality[] }} Cell
 * the worst of a column's days: rank -1: no finding; at: the worst day's place, the newest of equals; open: days with
 * medium or more */

/** A camera's cell.
 * @param {Period} period
 * @param {number} camera its place
 * @param {Column} column
 * @returns {Cell} */
export function cameraCell(period, camera, column) {
  const cells = period.cells[camera];
  const name = period.cameras[camera]?.name;
  const { rank, at, open } = worstOf(column, (day) => cells?.severity[day] ?? NONE);
  const quality = column.days.flatMap((day) => (period.days.quality[day] ?? []).filter((each) => each.camera === name));
  return { rank, at, open, metric: cells?.metric[at] ?? NONE, effect: cells?.effect[at] ?? null, quality };
}

/** The cell of all cameras together: the day's own severity.
 * @param {Period} period
 * @param {Mode} mode
 * @param {Column} column
 * @returns {Cell} */
export function dayCell(period, mode, column) {
  const ranks = severities(period, mode);
  const { rank, at, open } = worstOf(column, (day) => ranks[day] ?? NONE);
  return { rank, at, open, metric: NONE, effect: null, quality: column.days.flatMap((day) => period.days.quality[day] ?? []) };
}

/** A fixed threshold's cell: exceeded is drawn as high, too little data as that.
 * @param {import("./types.js").Threshold} threshold
 * @param {Column} column
 * @returns {Cell} */
export function thresholdCell(threshold, column) {
  const rankOf = (/** @type {number} */ day) => (threshold.shift[day] === null ? INSUFFICIENT : threshold.exceeds[day] ? HIGH : FINE);
  const { rank, at, open } = worstOf(column, rankOf);
  return { rank, at, open, metric: NONE, effect: threshold.shift[at] ?? null, quality: [] };
}

/** @param {Column} column
 * @param {(day: number) => number} rankOf */
function worstOf(column, rankOf) {
  let [rank, at, open] = [NONE, column.days[0] ?? NONE, 0];
  for (const day of column.days) {
    const here = rankOf(day);
    if (here >= rank) [rank, at] = [here, day];
    if (here >= MEDIUM) open += 1;
  }
  return { rank, at, open };
}

/** @typedef {{ camera: number, rank: number, open: number, at: number, metric: number, effect: number | null }} Bad
 * open: days with medium or more; at: the newest of the worst days */

/** The cameras, the worst first: by days with an open alarm, then by the worst day; those with nothing to say last.
 * @param {Period} period
 * @returns {Bad[]} */
export function worstCameras(period) {
  const all = { key: "", days: checkedDays(period) };
  return period.cameras
    .map((_, camera) => {
      const { rank, at, open, metric, effect } = cameraCell(period, camera, all);
      return { camera, rank, open, at, metric, effect };
    })
    .sort((a, b) => b.open - a.open || b.rank - a.rank || name(period, a.camera).localeCompare(name(period, b.camera), "en"));
}

/** @param {Period} period
 * @param {number} camera */
const name = (period, camera) => period.cameras[camera]?.name ?? "";

/** @param {Period} period
 * @param {string} wanted
 * @returns {import("./types.js").Camera | null} */
export const cameraNamed = (period, wanted) => period.cameras.find((each) => each.name === wanted) ?? null;

/** @typedef {{ values: (number | null)[], low: (number | null)[], high: (number | null)[] }} Differences
 * from what is expected of each day's own cameras and hours */

/** A line as its distance from what is expected: one band holds for days of unlike cameras.
 * @param {Line} line
 * @returns {Differences} */
export function differences(line) {
  const less = (/** @type {number | null | undefined} */ value, /** @type {number} */ at) => {
    const expected = line.expected[at] ?? null;
    return value === null || value === undefined || expected === null ? null : value - expected;
  };
  return {
    values: line.value.map((value, at) => less(value, at) ?? line.baseline[at] ?? null),
    low: line.low.map(less),
    high: line.high.map(less),
  };
}

/** The ends of an axis that shows all of some values, 0 among them, with room at both.
 * @param {(number | null | undefined)[]} values
 * @returns {[number, number]} */
export function extent(values) {
  let [low, high] = [0, 0];
  for (const value of values) {
    if (value === null || value === undefined) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const room = (high - low || 0.02) * 0.08;
  return [low - room, high + room];
}

/** Round steps on an axis, 0 among them.
 * @param {number} low
 * @param {number} high
 * @returns {number[]} */
export function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((each) => each * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(6)) || 0);
}

/** Runs of places where a condition holds, without a gap in the days.
 * @param {string[]} days
 * @param {(at: number) => boolean} holds
 * @returns {number[][]} */
export function runs(days, holds) {
  /** @type {number[][]} */
  const found = [];
  let before = Number.NEGATIVE_INFINITY;
  days.forEach((day, at) => {
    if (!holds(at)) return;
    const number = dayNumber(day);
    if (number - before <= LARGEST_GAP) found.at(-1)?.push(at);
    else found.push([at]);
    before = number;
  });
  return found;
}

/** A scale from the first day to the last to the width between two margins.
 * @param {string[]} days
 * @param {number} left px
 * @param {number} right px
 * @returns {(at: number) => number} place of a day -> px */
export function dayScale(days, left, right) {
  const first = dayNumber(days[0] ?? "1970-01-01");
  const span = Math.max(1, dayNumber(days.at(-1) ?? "1970-01-01") - first);
  if (days.length < 2) return () => (left + right) / 2;
  return (at) => left + ((right - left) * (dayNumber(days[at] ?? "") - first)) / span;
}

/** The day nearest to a place on the axis.
 * @param {string[]} days
 * @param {(at: number) => number} x
 * @param {number} px
 * @param {(at: number) => boolean} wanted
 * @returns {number} -1: none is wanted */
export function nearest(days, x, px, wanted) {
  let [found, distance] = [NONE, Number.POSITIVE_INFINITY];
  days.forEach((_, at) => {
    const here = Math.abs(x(at) - px);
    if (wanted(at) && here < distance) [found, distance] = [at, here];
  });
  return found;
}
