/** Panels: each asks for its own figures at its own rate, and keeps the last ones when the next cannot be had. */
import { asProblem, fetchChanged } from "./fetching.js";
import { batch, signal } from "./html.js";
import { polling } from "./polling.js";

/** @template T
 * @typedef {{ url?: string, asOf: string, stale: boolean, data: T }} Held url: what was asked for */
/** @typedef {import("./fetching.js").Problem} Problem */

/** @template T
 * @typedef {object} Panel
 * @property {import("@preact/signals").Signal<Held<T> | null>} held null until the first reply
 * @property {import("@preact/signals").Signal<Problem | null>} problem why the newest figures could not be had
 * @property {import("@preact/signals").Signal<number | null>} lostSince epoch milliseconds; null: they could
 * @property {() => Promise<void>} refresh ask now
 * @property {() => void} follow begin, and pause while nobody looks */

/** @template T
 * @param {object} panel
 * @param {() => string} panel.url
 * @param {number} panel.every milliseconds
 * @param {(reply: any) => T} [panel.decode]
 * @returns {Panel<T>} */
export function polled({ url, every, decode = (reply) => reply }) {
  const held = signal(/** @type {Held<T> | null} */ (null));
  const problem = signal(/** @type {Problem | null} */ (null));
  const lostSince = signal(/** @type {number | null} */ (null));
  /** @type {{ url: string, etag: string | null }} */
  let known = { url: "", etag: null };

  /** @param {AbortSignal} signal */
  async function ask(signal) {
    const address = url();
    const reply = await fetchChanged(address, known.url === address ? known.etag : null, { signal });
    batch(() => {
      if (reply !== null) {
        held.value = { url: address, asOf: reply.data.as_of, stale: Boolean(reply.data.stale), data: decode(reply.data) };
        known = { url: address, etag: reply.etag };
      }
      problem.value = null;
      lostSince.value = null;
    });
  }

  /** @param {unknown} error */
  function failed(error) {
    batch(() => {
      problem.value = asProblem(error);
      lostSince.value ??= Date.now();
    });
  }

  const asked = polling({ ask, failed, every });

  function follow() {
    asked.follow();
    asked.refresh();
  }

  return { held, problem, lostSince, refresh: asked.refresh, follow };
}
