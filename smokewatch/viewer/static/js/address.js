/** A screen's state in its URL: read from it, and written to it by `navigate` alone. */
import { batch, signal } from "./html.js";
import { sheet } from "./page.js";

/** How long a dragged or typed state waits for its place in the URL: browsers refuse hundreds of writes a minute. */
const SETTLE = 200;
/** Only the shown entry's URL can be written. What had none yet when its entry was left waits in the tab's storage under
 * this and the entry's name, until the entry comes again. */
const LEFT = "smokewatch-left-";

/** @template T
 * @param {(storage: Storage) => T} use
 * @returns {T | null} */
function stored(use) {
  try {
    return use(sessionStorage);
  } catch {
    // Storage can be switched off; what was typed just before is lost then.
    return null;
  }
}

const newEntry = () => ({ entry: Math.random().toString(36).slice(2) });

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
  /** The shown entry's name. */
  let entry = "";
  /** Whether it was typed in; its URL may be written too late for a reload that is on its way. */
  let typed = false;
  const route = signal(arrive());
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;

  /** @returns {Route} the state of the history's entry that is shown now */
  function arrive() {
    if (typeof history.state?.entry !== "string") history.replaceState(newEntry(), "");
    entry = history.state.entry;
    typed = false;
    const left = stored((storage) => storage.getItem(LEFT + entry));
    if (left !== null) {
      history.replaceState(history.state, "", location.pathname + left);
      stored((storage) => storage.removeItem(LEFT + entry));
    }
    return parse(location.search);
  }

  /** The entry is left, or may be. */
  function leave() {
    if (typed) stored((storage) => storage.setItem(LEFT + entry, format(route.peek())));
  }

  function writeUrl() {
    clearTimeout(settling);
    settling = undefined;
    stored((storage) => storage.removeItem(LEFT + entry));
    const url = location.pathname + format(route.peek());
    if (url !== location.pathname + location.search) history.replaceState(history.state, "", url);
  }

  /** @param {Partial<Route>} changes
   * @param {{ replace?: boolean }} [options] */
  function navigate(changes, { replace = false } = {}) {
    const next = changed(route.peek(), changes);
    if (format(next) === format(route.peek())) return;
    if (replace) {
      typed = true;
      clearTimeout(settling);
      settling = setTimeout(writeUrl, SETTLE);
    } else {
      if (settling !== undefined) writeUrl();
      history.pushState(newEntry(), "", location.pathname + format(next));
      entry = history.state.entry;
      typed = false;
    }
    route.value = next;
  }

  function followHistory() {
    addEventListener("popstate", () => {
      leave();
      clearTimeout(settling);
      settling = undefined;
      batch(() => {
        route.value = arrive();
        sheet.value = "";
      });
    });
    addEventListener("pagehide", leave);
  }

  return { route, navigate, followHistory };
}
