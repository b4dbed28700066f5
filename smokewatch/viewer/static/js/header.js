/** The top of every screen: the name, the screens, the mode, how fresh the rows are, theme and help. */
import { formatClock, formatSeconds } from "./format.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { announcement, confirmedAt, helpOpen, lostSince, problem } from "./page.js";

const SCREENS = [
  ["/", "Overview"],
  ["/replay", "Replay"],
  ["/triage", "Triage"],
  ["/alerts", "Alerts"],
  ["/drift", "Drift"],
  ["/qualification", "Qualification"],
  ["/runs", "Runs"],
  ["/history", "History"],
];

/** @param {string} path
 * @returns {boolean} whether it is the screen that is shown, or one of its own addresses is */
const isShown = (path) => location.pathname === path || (path !== "/" && location.pathname.startsWith(`${path}/`));

function Screens() {
  const nav = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    // On a phone not all have room: the one that is shown is seen.
    const show = () => {
      const current = nav.current?.querySelector(/** @type {"a"} */ ("[aria-current]"));
      if (nav.current && current) nav.current.scrollLeft = current.offsetLeft - nav.current.offsetLeft;
    };
    show();
    addEventListener("resize", show);
    return () => removeEventListener("resize", show);
  }, []);
  return html`<nav class="screens" aria-label="Screens" ref=${nav}>
    ${SCREENS.map(([path, name]) => html`<a key=${path} class="screen" href=${path} aria-current=${isShown(path) ? "page" : undefined}>${name}</a>`)}
  </nav>`;
}

/** News stay for a moment, in the place of the time they change. */
const NEWS = 6000;

/** @param {{ held: { asOf: string, stale: boolean } | null }} props */
function Freshness({ held }) {
  const news = announcement.value;
  useEffect(() => {
    if (news === "") return undefined;
    const timer = setTimeout(() => {
      announcement.value = "";
    }, NEWS);
    return () => clearTimeout(timer);
  }, [news]);
  const lost = lostSince.value;
  const state = lost !== null || problem.value !== null ? "lost" : held === null ? "waiting" : held.stale ? "stale" : "live";
  const text = {
    lost: lost === null ? "not updated" : `lost at ${formatClock(lost)}`,
    waiting: "loading",
    stale: `stale since ${formatClock(held?.asOf)}`,
    live: news || `as of ${formatClock(confirmedAt.value)}`,
  }[state];
  return html`<p class=${`freshness ${state}`} title=${held === null ? undefined : `Read from the store at ${formatSeconds(held.asOf)} UTC; asked for again every 10 s`}>
    <span class="dot" aria-hidden="true"></span>${text}${news === "" && state !== "waiting" && html`<span class="zone">UTC</span>`}
  </p>`;
}

const SYSTEM = matchMedia("(prefers-color-scheme: dark)");
/** Whether what is seen is dark: as it was chosen, or else as the system is now. */
const isDark = () => (document.documentElement.dataset.theme ?? (SYSTEM.matches ? "dark" : "light")) === "dark";

function Theme() {
  const [dark, setDark] = useState(isDark);
  useEffect(() => {
    const follow = () => setDark(isDark());
    SYSTEM.addEventListener("change", follow);
    return () => SYSTEM.removeEventListener("change", follow);
  }, []);
  const onClick = () => {
    const next = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    setDark(next === "dark");
    try {
      localStorage.setItem("smokewatch-theme", next);
    } catch {
      // Without storage the choice holds for this page.
    }
  };
  return html`<button type="button" class="button quiet square" aria-label=${dark ? "Use the light theme" : "Use the dark theme"} title=${dark ? "Light theme" : "Dark theme"} onClick=${onClick}>
    <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="5.500" /><path class="filled" d="M8 2.500a5.500 5.500 0 010 11z" /></svg>
  </button>`;
}

/** @param {{ held: { asOf: string, stale: boolean } | null, children?: unknown }} props held: the screen's rows; children:
 * what switches within the screen */
export function Header({ held, children }) {
  return html`<header class="top">
    <h1 class="brand"><a href="/"><svg viewBox="0 0 20 20" aria-hidden="true"><path class="hill" d="M1 17l5.500-7 4 5 2.500-3 6 5z" /><path class="plume" d="M10 11c-2.500-2.500 2.500-3.500.8-6.500 3.200 1.300 1.200 3.800 4.200 4.600" /></svg>smokewatch</a></h1>
    <${Screens} />
    ${children}
    <span class="spring"></span>
    <${Freshness} held=${held} />
    <${Theme} />
    <button type="button" class="button quiet square" aria-label="Keys and help" title="Keys (?)" onClick=${() => { helpOpen.value = true; }}>?</button>
    <p class="unseen" role="status" aria-live="polite">${announcement.value}</p>
  </header>`;
}

