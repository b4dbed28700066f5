/** The overview's state: its URL, the stream of what runs, and its panels, each at its own rate. */
import { addressed } from "../address.js";
import { batch, signal } from "../html.js";
import { announcement, confirmedAt, lostSince, problem } from "../page.js";
import { polled } from "../panels.js";
import { streamed } from "../stream.js";
import { changed, formatRoute, parseRoute } from "./route.js";

/** @template T
 * @typedef {import("../panels.js").Panel<T>} Panel */

/** The URL's state; `navigate` is the one way to change it. */
export const { route, navigate, followHistory } = addressed({ parse: parseRoute, format: formatRoute, changed });

/** What runs now and the health lights; null until the first word. */
export const live = signal(/** @type {import("../panels.js").Held<import("./types.js").Live> | null} */ (null));

/** @param {any} reply */
function take(reply) {
  const before = live.peek();
  batch(() => {
    live.value = { asOf: reply.as_of, stale: Boolean(reply.stale), data: reply };
    if (lostSince.peek() !== null) announcement.value = "Connected again.";
    else if (before !== null) {
      const ended = before.data.runs.find(({ id }) => !reply.runs.some((/** @type {{ id: string }} */ run) => run.id === id));
      if (ended !== undefined) announcement.value = `${ended.kind} ended.`;
    }
    lostSince.value = null;
    problem.value = null;
    confirmedAt.value = Date.now();
  });
}

export const stream = streamed({
  stream: "/api/status/stream",
  event: "live",
  single: "/api/status/live",
  take,
  missed: (failed) =>
    batch(() => {
      if (failed.unreachable) lostSince.value ??= Date.now();
      problem.value = failed;
    }),
});

export const latest = /** @type {Panel<import("./types.js").Latest>} */ (polled({ url: () => "/api/status/latest", every: 4_000 }));
export const quality = /** @type {Panel<import("./types.js").Quality>} */ (polled({ url: () => "/api/status/quality", every: 20_000 }));
export const system = /** @type {Panel<import("./types.js").System>} */ (polled({ url: () => "/api/status/system", every: 7_000 }));
export const heat = /** @type {Panel<import("./types.js").Heat>} */ (polled({ url: () => "/api/status/match", every: 30_000 }));
export const recent = /** @type {Panel<{ rows: import("./types.js").HistoryRow[] }>} */ (polled({ url: () => "/api/history?limit=20", every: 5_000 }));

/** How often everything was asked for by hand: for what asks by itself elsewhere. */
export const asked = signal(0);

/** Ask for everything now. */
export function refresh() {
  asked.value += 1;
  stream.again();
  for (const panel of [latest, quality, system, heat, recent]) panel.refresh();
}

/** Begin, and pause while nobody looks. */
export function stayFresh() {
  stream.follow();
  for (const panel of [latest, recent, quality, system, heat]) panel.follow();
}
