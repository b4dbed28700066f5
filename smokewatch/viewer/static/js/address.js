/** A screen's state in its URL: read from it, and written to it by `navigate` alone. */
import { batch, signal } from "./html.js";
import { sheet } from "./page.js";

/** How long a dragged or typed state waits for its place in the URL: browsers refuse hundreds of writes a minute. */
const SETTLE = 200;

/** @template Route
 * @param {object} screen
 * @param {(search: string) => Route} screen.parse
 * @param {(route: Route) => string} screen.format
 * @param {(route: Route, changes: Partial<Route>) => Route} screen.changed
 * @returns {{
 *   route: import("@preact/signals").Signal<Route>,
 *   navigate: (changes: Partial<Route>, options?: { replace?: boolean }) => void, followHistory: () => void,
 * }} navigate: merges changes into the state: a new entry of the history, or with `replace` the same one, written once
 * the drag or the typing settles; followHistory: follows back and forward, and lets no settled state be lost */
export function addressed({ parse, format, changed }) {
  const route = signal(parse(location.search));
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;

  function writeUrl() {
    clearTimeout(settling);
    settling = undefined;
    const url = location.pathname + format(route.peek());
    if (url !== location.pathname + location.search) history.replaceState(null, "", url);
  }

  /** @param {Partial<Route>} changes
   * @param {{ replace?: boolean }} [options] */
  function navigate(changes, { replace = false } = {}) {
    const next = changed(route.peek(), changes);
    if (format(next) === format(route.peek())) return;
    if (replace) {
      clearTimeout(settling);
      settling = setTimeout(writeUrl, SETTLE);
    } else {
      if (settling !== undefined) writeUrl();
      history.pushState(null, "", location.pathname + format(next));
    }
    route.value = next;
  }

  function followHistory() {
    addEventListener("popstate", () => {
      clearTimeout(settling);
      settling = undefined;
      batch(() => {
        route.value = parse(location.search);
        sheet.value = "";
      });
    });
    addEventListener("pagehide", writeUrl);
  }

  return { route, navigate, followHistory };
}
