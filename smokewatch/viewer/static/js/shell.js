/** The page: header, rail, table, detail. What is open is the URL's. */
import { Filters } from "./filters.js";
import { Header } from "./header.js";
import { Help } from "./help.js";
import { classes, computed, html, useEffect, useState } from "./html.js";
import { shownKeys } from "./picking.js";
import { Rail } from "./rail.js";
import { navigate, opened, problem, route, rows, selection, sheet } from "./state.js";
import { EmptyFilter, EmptyStore, Failure, Guarded, Loading, Lost } from "./states.js";
import { Table } from "./table.js";

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
 * @returns {{ Pane: any, error: unknown, again: () => void }} Pane: the component, null until it is there */
function useDetailPane() {
  const [idle, setIdle] = useState(false);
  const [tries, setTries] = useState(0);
  const stands = rows.value !== null;
  const key = opened.value;
  useEffect(() => {
    if (!stands) return undefined;
    const timer = setTimeout(() => setIdle(true), 300);
    return () => clearTimeout(timer);
  }, [stands]);
  const wanted = idle || key !== null;
  const [loaded, setLoaded] = useState(/** @type {{ Pane: any, error: unknown }} */ ({ Pane: null, error: null }));
  useEffect(() => {
    if (!wanted || loaded.Pane !== null) return;
    setLoaded({ Pane: null, error: null });
    import("./detail/pane.js").then(
      ({ DetailPane }) => setLoaded({ Pane: DetailPane, error: null }),
      (error) => setLoaded({ Pane: null, error }),
    );
  }, [wanted, key, tries]);
  return { ...loaded, again: () => setTries(tries + 1) };
}

function Detail() {
  const { Pane, error, again } = useDetailPane();
  if (opened.value === null) return null;
  const { sequence, tab, window, frame } = route.value;
  if (error !== null) {
    return html`<section class="detail-place" aria-label="Detail"><div class="notice" role="alert">
      <h2>This part of the page did not come</h2>
      <p class="muted">Is <code>smokewatch serve</code> running?</p>
      <button type="button" class="button primary" onClick=${again}>Try again</button>
    </div></section>`;
  }
  if (Pane === null) return null;
  return html`<section class="detail-place" aria-label="Detail">
    <${Pane} sequence=${sequence} tab=${tab} window=${window} frame=${frame} rows=${shownKeys.value} navigate=${navigate} />
  </section>`;
}

const none = computed(() => selection.value?.rows.length === 0);

function List() {
  if (rows.value === null) return problem.value === null ? html`<${Loading} />` : html`<${Failure} />`;
  if (rows.value.count === 0) return html`<${EmptyStore} />`;
  return html`<${Filters} />${none.value ? html`<${EmptyFilter} />` : html`<${Guarded} name="The table"><${Table} /><//>`}`;
}

export function App() {
  const narrow = useMedia(NARROW);
  const key = opened.value;
  const open = key !== null;
  const full = rows.value !== null && rows.value.count > 0;
  useEffect(() => {
    document.title = key === null ? "smokewatch" : `${key.slice(0, 80)} · smokewatch`;
  }, [key]);
  const skip = (/** @type {Event} */ event) => {
    event.preventDefault();
    document.querySelector(/** @type {"div"} */ ('.row[tabindex="0"]'))?.focus();
  };
  return html`<a class="skip" href="#list" onClick=${skip}>Skip to the table</a>
    <div class=${classes("page", open && "open", sheet.value !== "" && `sheet-${sheet.value}`)}>
      <${Header} />
      ${rows.value !== null && problem.value !== null && html`<${Lost} />`}
      <main class=${classes("work", full && "full")}>
        ${full && html`<${Guarded} name="The summary"><${Rail} /><//>`}
        <section class="list" id="list" aria-label="Sequences" inert=${narrow && open}><${List} /></section>
        <${Guarded} key="detail" name="The detail"><${Detail} /><//>
      </main>
    </div>
    <${Help} />`;
}
