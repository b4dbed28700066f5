/** What every screen has: whether the server answers, what is said to people, what lies over the table. */
import { asProblem } from "./fetching.js";
import { batch, signal } from "./html.js";

/** Why there are no rows, or why the newest could not be read. */
export const problem = signal(/** @type {import("./fetching.js").Problem | null} */ (null));
/** Since when the server does not answer, epoch milliseconds; null: it answers. */
export const lostSince = signal(/** @type {number | null} */ (null));
/** When the server last said that the rows are the newest, epoch milliseconds. */
export const confirmedAt = signal(0);
/** What is said once to people who listen, and shown for a moment to those who look. */
export const announcement = signal("");
export const helpOpen = signal(false);
/** On a narrow screen: what lies over the table. */
export const sheet = signal(/** @type {"" | "filters" | "summary"} */ (""));

/** The newest could not be had: why, and since when where nothing answers at all.
 * @param {unknown} error */
export function failed(error) {
  const why = asProblem(error);
  batch(() => {
    lostSince.value = why.unreachable ? (lostSince.peek() ?? Date.now()) : null;
    problem.value = why;
  });
}

/** What is shown is the newest. */
export function confirmed() {
  batch(() => {
    if (lostSince.peek() !== null) announcement.value = "Connected again.";
    lostSince.value = null;
    confirmedAt.value = Date.now();
    problem.value = null;
  });
}
