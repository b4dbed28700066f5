/** The frame of a screen: header, rail, table, detail. What is open is the URL's. */
import { Header } from "./header.js";
import { classes, html, useEffect, useState } from "./html.js";
import { problem, sheet } from "./page.js";
import { Guarded, Lost } from "./states.js";

const NARROW = matchMedia("(max-width: 700px)");

/** Whether a media query holds, as it changes.
 * @param {MediaQueryList} query
 * @returns {boolean} */
function useMedia(query) {
  const [matches, setMatches] = useState(query.matches);
  useEffect(() => {
    const follow = () => setMatches(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, []);
  return matches;
}

/** The detail pane's code comes when it is wanted, or once the table stands and nothing else is to be done. Where it
 * could not be had it is asked for again with the next sequence, or by `again`.
 * @param {() => Promise<any>} load its component
 * @param {boolean} stands whether the table does
 * @param {string | null} opened
 * @returns {{ Pane: any, error: unknown, again: () => void }} Pane: the component, null until it is there */
function useDetailPane(load, stands, opened) {
  const [idle, setIdle] = useState(false);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (!stands) return undefined;
    const timer = setTimeout(() => setIdle(true), 300);
    return () => clearTimeout(timer);
  }, [stands]);
  const wanted = idle || opened !== null;
  const [loaded, setLoaded] = useState(/** @type {{ Pane: any, error: unknown }} */ ({ Pane: null, error: null }));
  useEffect(() => {
    if (!wanted || loaded.Pane !== null) return;
    setLoaded({ Pane: null, error: null });
    load().then(
      (Pane) => setLoaded({ Pane, error: null }),
      (error) => setLoaded({ Pane: null, error }),
    );
  }, [wanted, opened, tries]);
  return { ...loaded, again: () => setTries(tries + 1) };
}

/** @param {{ load: () => Promise<any>, stands: boolean, opened: string | null, shown: (Pane: any) => unknown }} props */
function Detail({ load, stands, opened, shown }) {
  const { Pane, error, again } = useDetailPane(load, stands, opened);
  if (opened === null) return null;
  if (error !== null) {
    return html`<section class="detail-place" aria-label="Detail"><div class="notice" role="alert">
      <h2>This part of the page did not come</h2>
      <p class="muted">Is <code>smokewatch serve</code> running?</p>
      <button type="button" class="button primary" onClick=${again}>Try again</button>
    </div></section>`;
  }
  if (Pane === null) return null;
  return html`<section class="detail-place" aria-label="Detail">${shown(Pane)}</section>`;
}

/** The guard of the detail: another sequence is tried anew. */
class GuardedDetail extends Guarded {
  /** @param {{ opened?: string | null }} before */
  componentDidUpdate(before) {
    const { opened } = /** @type {{ opened?: string | null }} */ (this.props);
    if (before.opened !== opened && this.state.error !== null) this.setState({ error: null });
  }
}

/** @typedef {object} Parts of a screen
 * @property {string} [name] of the screen, for its title
 * @property {string} [label] what the table holds
 * @property {{ asOf: string, stale: boolean } | null} held its rows
 * @property {boolean} full whether there is something to sum up beside the table
 * @property {string | null} opened the open sequence
 * @property {() => void} refresh asks for the rows again
 * @property {unknown} [modes] in the header
 * @property {unknown} rail
 * @property {unknown} list
 * @property {() => Promise<any>} load the detail pane's component
 * @property {(Pane: any) => unknown} detail draws it
 * @property {unknown} help */

/** @param {Parts} props */
export function Frame({ name, label = "Sequences", held, full, opened, refresh, modes, rail, list, load, detail, help }) {
  const narrow = useMedia(NARROW);
  const open = opened !== null;
  useEffect(() => {
    document.title = [opened?.slice(0, 80), name, "smokewatch"].filter(Boolean).join(" · ");
  }, [opened]);
  const skip = (/** @type {Event} */ event) => {
    event.preventDefault();
    document.querySelector(/** @type {"div"} */ ('.row[tabindex="0"]'))?.focus();
  };
  return html`<a class="skip" href="#list" onClick=${skip}>Skip to the table</a>
    <div class=${classes("page", open && "open", sheet.value !== "" && `sheet-${sheet.value}`)}>
      <${Header} held=${held}>${modes}<//>
      ${held !== null && problem.value !== null && html`<${Lost} again=${refresh} />`}
      <main class=${classes("work", full && "full")}>
        ${full && html`<${Guarded} name="The summary">${rail}<//>`}
        <section class="list" id="list" aria-label=${label} inert=${narrow && open}>${list}</section>
        <${GuardedDetail} key="detail" name="The detail" opened=${opened}><${Detail} load=${load} stands=${held !== null} opened=${opened} shown=${detail} /><//>
      </main>
    </div>
    ${help}`;
}
