/** The drift screen's state: the URL, the period as the server tells it, and the day that is told in full. */
import { addressed } from "../address.js";
import { fetchChanged } from "../fetching.js";
import { batch, computed, effect, signal } from "../html.js";
import { announcement, confirmed, failed } from "../page.js";
import { polling } from "../polling.js";
import { apiQuery, changed, formatRoute, parseRoute, whoseQuery } from "./route.js";
import { neighbourDay, severities, shownPlace } from "./store.js";
import { nameOf, wordOf } from "./words.js";

/** @typedef {import("./types.js").Period} Period */
/** @typedef {import("./types.js").Day} Day */

const EVERY = 10_000;
/** The server works long for it. */
const REST = 10;

/** The URL's state; `navigate` is the one way to change it. */
export const { route, navigate, followHistory } = addressed({ parse: parseRoute, format: formatRoute, changed });
/** Null until the first reply. */
export const held = signal(/** @type {Period | null} */ (null));
/** The day in full; null until it is there. */
export const told = signal(/** @type {Day | null} */ (null));
/** Whether what is shown is not yet what the URL asks for. */
export const waiting = signal(true);
/** The UTC day that is shown; "" where none was checked. */
export const shownDay = computed(() => {
  const period = held.value;
  return period === null ? "" : (period.days.day[shownPlace(period, route.value.day)] ?? "");
});

/** @type {{ address: string, etag: string } | null} */
let known = null;
/** Of the day, likewise. */
let toldAddress = "";
/** @type {string | null} */
let toldTag = null;

const EMPTY = {
  cameras: [], cells: [], lines: [], releases: [], strict: [],
  days: {
    day: [], severity: [], strict: [], alerts: [], provisional: [], retraining: [], frames: [], sequences: [],
    baseline_version: [], in_baseline: [], quality: [], releases: [], release_change: [],
  },
};

/** Ask for the period, then for the day that is shown, each only if it has changed.
 * @param {AbortSignal} signal */
async function ask(signal) {
  const address = `/api/drift${apiQuery(route.peek())}`;
  const etag = known?.address === address ? known.etag : null;
  const reply = await fetchChanged(address, etag, { signal, retries: held.peek() === null ? 1 : 0 });
  if (reply !== null && reply.etag !== null) known = { address, etag: reply.etag };
  take(reply?.data ?? null);
  await askDay(signal);
  confirmed();
}

const poll = polling({ ask, failed, every: EVERY, rest: REST });
export const { refresh } = poll;

/** @param {any} reply null: nothing changed */
function take(reply) {
  batch(() => {
    waiting.value = false;
    if (reply === null) return;
    const before = held.peek();
    const { as_of: asOf, ...rest } = reply;
    const period = /** @type {Period} */ ({ ...EMPTY, ...rest, asOf });
    held.value = period;
    const newest = period.newest_day;
    if (before === null || before.baseline !== period.baseline || newest === null || newest === before.newest_day) return;
    const at = shownPlace(period, newest);
    announcement.value = `${newest} was checked: ${wordOf(nameOf(severities(period, route.peek().mode)[at] ?? -1))}.`;
  });
}

/** @param {AbortSignal} signal */
async function askDay(signal) {
  const period = held.peek();
  const day = shownDay.peek();
  if (period === null || day === "") {
    told.value = null;
    return;
  }
  const address = `/api/drift/days/${day}${whoseQuery(period)}`;
  const reply = await fetchChanged(address, address === toldAddress && told.peek() !== null ? toldTag : null, { signal });
  if (reply === null) return;
  told.value = reply.data;
  toldAddress = address;
  toldTag = reply.etag;
}

/** Begin, follow the URL, and pause while nobody looks. */
export function stayFresh() {
  let asked = /** @type {string | null} */ (null);
  effect(() => {
    const query = apiQuery(route.value);
    // A day is asked for by itself, whatever else stays; the mode asks for nothing.
    const wanted = `${query} ${route.value.day}`;
    if (wanted === asked) return;
    if (asked === null || !asked.startsWith(`${query} `)) waiting.value = true;
    asked = wanted;
    refresh();
  });
  poll.follow();
}

/** To another checked day.
 * @param {number} by */
export function moveDay(by) {
  const period = held.peek();
  const next = period === null ? null : neighbourDay(period, shownDay.peek(), by);
  if (next !== null) navigate({ day: next });
}

/** Move the keyboard's cell to another row of the heat map.
 * @param {number} by */
export function move(by) {
  const focused = document.activeElement?.closest(".heat .row");
  if (focused) focused.dispatchEvent(new KeyboardEvent("keydown", { key: by > 0 ? "ArrowDown" : "ArrowUp", bubbles: true, cancelable: true }));
  else document.querySelector(/** @type {"button"} */ (".heat .row[tabindex='0']"))?.focus();
}
