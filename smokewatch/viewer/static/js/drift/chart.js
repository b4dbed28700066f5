/** One metric by day: its distance from what is expected, the band of drift-free days, alarms, releases, the average. */
import { classes, html } from "../html.js";
import { dayScale, extent, nearest, NONE, runs, ticks } from "./store.js";
import { nameOf, signed } from "./words.js";

/** @typedef {object} Plot
 * @property {string} label what it is, for who cannot see it
 * @property {string[]} days UTC
 * @property {(number | null)[]} values
 * @property {(number | null)[]} low of the band
 * @property {(number | null)[]} high
 * @property {number[]} ranks each day's severity; -1: not checked
 * @property {boolean[]} changes of the releases
 * @property {number[]} limits further lines that matter
 * @property {(number | null)[]} average
 * @property {number} averageLimit */

const [TOP, PLOT, AVERAGE, FOOT] = [8, 108, 40, 18];
/** From so many days on dots would hide the line. */
const MANY = 150;
const [LEFT, RIGHT] = [46, 10];
/** @type {Record<string, string>} around 0, 0 */
const SHAPES = { high: "m0-5.500l5.500 9.500h-11z", medium: "m0-5.500l5.500 5.500l-5.500 5.500l-5.500-5.500z", low: "m-3.500 0a3.500 3.500 0 1 0 7 0a3.500 3.500 0 1 0-7 0z" };

const short = (/** @type {number} */ value) => value.toFixed(1);

/** @param {(number | null | undefined)[]} values
 * @returns {(at: number) => boolean} */
const known = (values) => (at) => values[at] !== null && values[at] !== undefined;

/** @param {[number, number]} ends
 * @param {number} top px
 * @param {number} bottom px
 * @returns {(value: number) => number} */
const scale = ([low, high], top, bottom) => (value) => bottom - ((bottom - top) * (value - low)) / (high - low);

/** @param {{ plot: Plot, width: number, shown: number, pointed: number, point: (at: number) => void, choose: (at: number) => void }} props
 * shown: place of the day that is told in full; pointed: of the one under the pointer; -1: none */
export function Chart({ plot, width, shown, pointed, point, choose }) {
  const { days, values, low, high, ranks } = plot;
  const withAverage = plot.average.some((each) => each !== null);
  const height = TOP + PLOT + FOOT + (withAverage ? AVERAGE : 0);
  const bottom = TOP + PLOT;
  const x = dayScale(days, LEFT + 6, width - RIGHT - 6);
  const ends = extent([...values, ...low, ...high, ...plot.limits]);
  const y = scale(ends, TOP, bottom);
  const at = (/** @type {number} */ place) => short(x(place));
  const through = (/** @type {number[]} */ places, /** @type {(number | null)[]} */ of, /** @type {(value: number) => number} */ on) => places.map((place) => `${at(place)} ${short(on(of[place] ?? 0))}`).join("L");
  const bands = runs(days, (place) => known(low)(place) && known(high)(place)).map((places) =>
    // One day alone is still a band.
    places.length === 1
      ? `M${short(x(places[0] ?? 0) - 3)} ${short(y(high[places[0] ?? 0] ?? 0))}h6V${short(y(low[places[0] ?? 0] ?? 0))}h-6z`
      : `M${through(places, high, y)}L${through([...places].reverse(), low, y)}Z`,
  );
  const traces = runs(days, known(values)).map((places) => `M${through(places, values, y)}`);
  const dots = (/** @type {(place: number) => boolean} */ holds) => days.map((_, place) => (known(values)(place) && holds(place) ? `M${at(place)} ${short(y(values[place] ?? 0))}h0` : "")).join("");
  const onMove = (/** @type {PointerEvent} */ event) => {
    const box = /** @type {SVGElement} */ (event.currentTarget).getBoundingClientRect();
    point(nearest(days, x, event.clientX - box.left, (place) => known(values)(place) || (ranks[place] ?? NONE) !== NONE));
  };
  const onClick = (/** @type {MouseEvent} */ event) => {
    const box = /** @type {SVGElement} */ (event.currentTarget).getBoundingClientRect();
    choose(nearest(days, x, event.clientX - box.left, (place) => (ranks[place] ?? NONE) !== NONE));
  };
  const steps = ticks(...ends);
  const digits = steps.every((value) => Number(value.toFixed(2)) === value) ? 2 : 3;
  const upright = (/** @type {number} */ place) => `M${at(place)} ${TOP}V${height - FOOT}`;
  return html`<svg class=${classes("chart", days.length > MANY && "many")} width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${plot.label} onPointerMove=${onMove} onPointerLeave=${() => point(NONE)} onClick=${onClick}>
    ${steps.map((value) => html`<g key=${value}><path class=${value === 0 ? "zero" : "rule"} d=${`M${LEFT} ${short(y(value))}H${width - RIGHT}`} /><text x=${LEFT - 6} y=${short(y(value) + 4)} text-anchor="end">${signed(value, digits)}</text></g>`)}
    ${bands.map((d) => html`<path key=${d} class="band" d=${d} />`)}
    ${plot.limits.map((value) => html`<path key=${value} class="limit" d=${`M${LEFT} ${short(y(value))}H${width - RIGHT}`} />`)}
    ${plot.changes.map((is, place) => is && html`<path key=${days[place]} class="change" d=${upright(place)} />`)}
    ${shown !== NONE && html`<path class="shown-day" d=${upright(shown)} />`}
    ${pointed !== NONE && pointed !== shown && html`<path class="pointed-day" d=${upright(pointed)} />`}
    ${traces.map((d) => html`<path key=${d} class="trace" d=${d} />`)}
    <path class="dots seen" d=${dots((place) => ranks[place] === NONE)} />
    <path class="dots checked" d=${dots((place) => ranks[place] === 1)} />
    ${ranks.map((rank, place) => {
      const shape = SHAPES[nameOf(rank)];
      return shape !== undefined && known(values)(place) && html`<path key=${days[place]} class=${`alarm ${nameOf(rank)}`} d=${`M${at(place)} ${short(y(values[place] ?? 0))}${shape}`} />`;
    })}
    ${withAverage && html`<${Average} plot=${plot} x=${x} top=${bottom + 10} bottom=${bottom + AVERAGE} width=${width} />`}
    <text x=${LEFT} y=${height - 4}>${days[0]}</text><text x=${width - RIGHT} y=${height - 4} text-anchor="end">${days.length > 1 ? days.at(-1) : ""}</text>
  </svg>`;
}

/** The moving average between its limits.
 * @param {{ plot: Plot, x: (at: number) => number, top: number, bottom: number, width: number }} props */
function Average({ plot, x, top, bottom, width }) {
  const limit = plot.averageLimit;
  const reach = Math.max(limit * 1.3, ...plot.average.map((each) => Math.abs(each ?? 0)));
  const y = scale([-reach, reach], top, bottom);
  const places = plot.average.flatMap((each, place) => (each === null ? [] : [place]));
  const path = places.map((place) => `${short(x(place))} ${short(y(plot.average[place] ?? 0))}`).join("L");
  const beyond = places.filter((place) => Math.abs(plot.average[place] ?? 0) > limit).map((place) => `M${short(x(place))} ${short(y(plot.average[place] ?? 0))}h0`).join("");
  return html`<g>
    <text x=${LEFT - 6} y=${short(y(0) + 4)} text-anchor="end">EWMA</text>
    ${[limit, -limit].map((value) => html`<path key=${value} class="limit" d=${`M${LEFT} ${short(y(value))}H${width - RIGHT}`} />`)}
    <path class="average" d=${`M${path}${places.length === 1 ? "h0" : ""}`} />
    <path class="dots beyond" d=${beyond} />
  </g>`;
}
