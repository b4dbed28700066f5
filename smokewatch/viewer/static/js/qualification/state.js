/** The qualification screen's state: the URL, what was qualified, and the report that is shown. */
import { addressed } from "../address.js";
import { asProblem, fetchJson, isAbort } from "../fetching.js";
import { fed } from "../feed.js";
import { batch, computed, effect, signal } from "../html.js";
import { confirmedAt, problem } from "../page.js";
import { focusLine, moveLine } from "../places.js";
import { changed, formatRoute, parseRoute } from "./route.js";
import { VERDICT_WORDS } from "./words.js";

/** @typedef {{ asOf: string, stale: boolean, all: import("./types.js").Short[] }} Held */

/** The URL's state; `navigate` is the one way to change it. */
export const { route, navigate, followHistory } = addressed({ parse: parseRoute, format: formatRoute, changed });
/** Null until the first reply. */
export const held = signal(/** @type {Held | null} */ (null));
/** The report that is shown; null until it is there. */
export const report = signal(/** @type {import("./types.js").Report | null} */ (null));
/** The run whose report the URL asks for: its own, else the newest. */
export const wanted = computed(() => route.value.run || held.value?.all[0]?.run_id || "");
/** The key of the decision that the keyboard was on last. */
export const active = signal("");

const feed = fed({
  url: "/api/qualifications",
  rows: held,
  decode: (reply) => ({ asOf: reply.qualifications[0]?.qualified_at ?? new Date().toISOString(), stale: false, all: reply.qualifications }),
  news: (_, { all: [newest] }) => (newest === undefined ? "" : `${newest.candidate} ${VERDICT_WORDS[newest.verdict]}.`),
});

/** @type {AbortController | null} */
let asking = null;
/** Why the wanted report could not be had: the list that came since does not mend it. */
const missed = signal(/** @type {import("../fetching.js").Problem | null} */ (null));

function had() {
  batch(() => {
    missed.value = null;
    problem.value = null;
  });
}

async function askReport() {
  asking?.abort();
  const run = wanted.peek();
  if (run === "" || report.peek()?.run_id === run) {
    if (missed.peek() !== null) had();
    return;
  }
  const own = new AbortController();
  asking = own;
  try {
    const reply = await fetchJson(`/api/qualifications/${encodeURIComponent(run)}`, { signal: own.signal });
    batch(() => {
      report.value = reply;
      had();
    });
  } catch (error) {
    if (!isAbort(error)) missed.value = asProblem(error);
  }
}

/** Ask for what there is, then for the report that is shown. */
export async function refresh() {
  await feed.refresh();
  await askReport();
}

/** Begin, follow the URL, and pause while nobody looks. */
export function stayFresh() {
  feed.stayFresh();
  effect(() => {
    wanted.value;
    active.value = "";
    askReport();
  });
  effect(() => {
    confirmedAt.value;
    if (missed.peek() !== null) askReport();
  });
  effect(() => {
    if (missed.value !== null && problem.value === null) problem.value = missed.value;
  });
}

/** The decisions that are listed: lost labelled smoke first, as the report has them. */
export const flips = computed(() => (report.value?.flips ?? []).filter(({ flip }) => route.value.flip === "" || route.value.flip === flip));
/** Their keys, in their order. */
export const keys = computed(() => flips.value.map(({ key }) => key));

/** What leads from the open decision to those beside it; null where there is none. */
export const steps = computed(() => {
  const at = keys.value.indexOf(route.value.sequence ?? "");
  const to = (/** @type {string | undefined} */ sequence) => (sequence === undefined ? null : () => navigate({ sequence, frame: null }));
  return { before: to(at > 0 ? keys.value[at - 1] : undefined), after: to(at === -1 ? undefined : keys.value[at + 1]) };
});

/** The decision that waits for the keyboard: the one it is on, else the first. */
export const place = computed(() => (keys.value.includes(active.value) ? active.value : (keys.value[0] ?? "")));
/** The selector of what is drawn of them. */
export const LINES = ".flips .row";

/** Move the keyboard's line; an open detail follows it.
 * @param {number} by */
export function move(by) {
  const opened = route.peek().sequence;
  if (opened === null) {
    moveLine(LINES, by);
    return;
  }
  const all = keys.peek();
  const to = Math.min(all.length - 1, Math.max(0, all.indexOf(opened) + by));
  if (all[to] === undefined) return;
  active.value = all[to];
  navigate({ sequence: all[to], frame: null });
  focusLine(LINES, to);
}
