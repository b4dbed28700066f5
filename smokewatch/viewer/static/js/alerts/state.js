/** The alerts screen's state: the URL, what the server says of its period, and the pages of the list read so far. */
import { addressed } from "../address.js";
import { fetchJson } from "../fetching.js";
import { plural } from "../format.js";
import { batch, computed, effect, signal } from "../html.js";
import { announcement, confirmed, failed } from "../page.js";
import { moveLine } from "../places.js";
import { polling } from "../polling.js";
import { withNewest } from "./pages.js";
import { apiQuery, changed, formatRoute, neighbour, onlyDay, parseRoute, periodQuery } from "./route.js";

/** @typedef {import("./types.js").Held} Held */
/** @typedef {import("./types.js").Item} Item */

const PAGE = 50;
const MOST = 500;
/** Read on when no more lines follow. */
const FEW = 4;
const EVERY = 10_000;
/** The server works long for it. */
const REST = 10;

/** The URL's state; `navigate` is the one way to change it. */
export const { route, navigate, followHistory } = addressed({ parse: parseRoute, format: formatRoute, changed });
/** Null until the first reply. */
export const held = signal(/** @type {Held | null} */ (null));
/** Whether what is shown is not yet what the URL asks for. */
export const waiting = signal(true);
/** Whether a further page is on its way. */
export const reading = signal(false);
/** The id of the line that the keyboard was on last. */
export const active = signal("");

/** The UTC day that is shown, null where it is none or several. */
export const shownDay = computed(() => (held.value === null ? null : onlyDay(held.value.cost)));

let asked = "";

const listAddress = () => (route.peek().side === "held" ? "/api/alerts/held" : "/api/alerts");

/** Ask for what the URL says: the counts of the period, those of the filters, and as much of the list as was read.
 * @param {AbortSignal} signal */
async function ask(signal) {
  const state = route.peek();
  const text = formatRoute(state);
  const same = text === asked;
  const limit = same ? Math.min(MOST, Math.max(PAGE, held.peek()?.items.length ?? 0)) : PAGE;
  const get = (/** @type {string} */ address) => fetchJson(address, { signal, retries: held.peek() === null ? 1 : 0 });
  const filtered = state.organization.length + state.class.length > 0;
  const [period, list, chosen] = await Promise.all([
    get(`/api/alerts/cost${periodQuery(state)}`),
    get(`${listAddress()}${apiQuery(state, { limit: String(limit) })}`),
    filtered ? get(`/api/alerts/cost${apiQuery(state)}`) : null,
  ]);
  take(text, { period, cost: chosen ?? period, list, side: state.side });
}

const poll = polling({ ask, failed, every: EVERY, rest: REST });
export const { refresh } = poll;

/** @param {string} text the state that was asked for
 * @param {{ period: any, cost: any, list: any, side: "shown" | "held" }} replies */
function take(text, { period, cost, list, side }) {
  const before = held.peek();
  const page = { items: side === "held" ? list.sequences : list.alerts, cursor: list.cursor };
  batch(() => {
    confirmed();
    if (before !== null && text !== asked) {
      announcement.value = `${plural(cost.total.alerts_shown, "alert")} shown, ${plural(cost.total.held, "sequence")} held back.`;
    }
    const items = text === asked && before !== null ? withNewest(before, page) : page;
    asked = text;
    held.value = { asOf: period.as_of, stale: false, side, period, cost, ...items, leftOut: list.left_out ?? null };
    waiting.value = false;
  });
}

/** Read a further page of the list. */
export async function readMore() {
  const state = held.peek();
  if (state === null || state.cursor === null || reading.peek() || waiting.peek()) return;
  reading.value = true;
  const text = asked;
  try {
    const list = await fetchJson(`${listAddress()}${apiQuery(route.peek(), { limit: String(PAGE), cursor: state.cursor })}`);
    const now = held.peek();
    // What was asked for meanwhile has another list; a newer beginning of this one does not matter.
    if (now === null || now.cursor !== state.cursor || text !== asked) return;
    const items = [...now.items, ...(state.side === "held" ? list.sequences : list.alerts)];
    held.value = { ...now, items, cursor: list.cursor };
  } catch (error) {
    failed(error);
  } finally {
    reading.value = false;
  }
}

/** Begin, follow the URL, and pause while nobody looks. */
export function stayFresh() {
  effect(() => {
    const text = formatRoute(route.value);
    if (text !== asked || held.peek() === null) waiting.value = true;
    active.value = "";
    refresh();
  });
  poll.follow();
}

/** The line that waits for the keyboard: the one it is on, else the first. */
export const place = computed(() => {
  const items = held.value?.items ?? [];
  const lines = items.flatMap((item) => ("sequences" in item ? item.sequences.map(({ key }) => `${item.key}/${key}`) : [item.key]));
  return lines.includes(active.value) ? active.value : (lines[0] ?? "");
});

/** Move the keyboard's line.
 * @param {number} by */
export function move(by) {
  if (moveLine(".alerts-scroll .row", by) < FEW) readMore();
}

/** To another UTC day, where one is shown: from the one that was asked for, though its alerts may not be there yet.
 * @param {number} by */
export function moveDay(by) {
  const { from, to } = route.peek();
  const day = from !== "" && from === to ? from : shownDay.peek();
  if (day === null) return;
  const next = neighbour(day, by);
  navigate({ from: next, to: next, latest: false });
}
