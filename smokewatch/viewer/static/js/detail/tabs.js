// The tabs, and the switch between the matched and the full window.

import { html, useRef } from "../html.js";
import { formatScore } from "../format.js";
import { Segments } from "./segments.js";
import { matchedWord } from "./words.js";

/** @import { Detail, Navigate, Tab, Which, Window } from "./types.js" */

/** @type {[Tab, string][]} */
const TABS = [
  ["frames", "Frames"],
  ["tubes", "Tubes"],
  ["replay", "Replay"],
  ["provenance", "Provenance"],
  ["raw", "Raw JSON"],
];

/** @param {{open: Tab, navigate: Navigate}} props */
export function TabBar({ open, navigate }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  /** @param {KeyboardEvent} event */
  const pressed = (event) => {
    const at = TABS.findIndex(([tab]) => tab === open);
    const steps = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: TABS.length - 1 };
    const to = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (to === undefined) return;
    event.preventDefault();
    const index = (to + TABS.length) % TABS.length;
    const next = TABS[index];
    if (!next) return;
    navigate({ tab: next[0] });
    /** @type {HTMLElement | undefined} */ (list.current?.children[index])?.focus();
  };
  return html`<div class="tabs" role="tablist" aria-label="About this sequence" ref=${list} onKeyDown=${pressed}>
    ${TABS.map(
      ([tab, name]) => html`<button
        type="button"
        role="tab"
        class="tab"
        key=${tab}
        id=${`detail-tab-${tab}`}
        aria-selected=${tab === open}
        aria-controls="detail-panel"
        tabindex=${tab === open ? 0 : -1}
        onClick=${() => navigate({ tab })}
      >
        ${name}
      </button>`,
    )}
  </div>`;
}

/** @param {{detail: Detail, which: Which, navigate: Navigate}} props */
export function WindowSwitch({ detail, which, navigate }) {
  const { matched, full } = detail.windows;
  const named = (/** @type {string} */ word, /** @type {Window | null} */ window) =>
    html`${word} <span class="segment-score">${formatScore(window?.probability)}</span>`;
  const choices = [
    ["matched", named(matchedWord(detail.verdict), matched)],
    ["full", named("full", full)],
  ];
  const choose = (/** @type {Which} */ window) => navigate({ window });
  return html`<${Segments} name="Window shown" choices=${choices} chosen=${which} choose=${choose} />`;
}
