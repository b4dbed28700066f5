// The tabs, and the switch between the matched and the full window.

import { html, useRef } from "../html.js";
import { formatScore } from "../format.js";
import { Segments } from "./segments.js";
import { matchedWord, windowsDiffer } from "./words.js";

/** @import { Detail, Navigate, Tab, Which, Window } from "./types.js" */

/** @param {{tabs: [Tab, string][], open: Tab, navigate: Navigate}} props */
export function TabBar({ tabs, open, navigate }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  /** @param {KeyboardEvent} event */
  const pressed = (event) => {
    const at = tabs.findIndex(([tab]) => tab === open);
    const steps = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 };
    const to = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (to === undefined) return;
    event.preventDefault();
    const index = (to + tabs.length) % tabs.length;
    const next = tabs[index];
    if (!next) return;
    navigate({ tab: next[0] });
    /** @type {HTMLElement | undefined} */ (list.current?.children[index])?.focus();
  };
  return html`<div class="tabs" role="tablist" aria-label="About this sequence" ref=${list} onKeyDown=${pressed}>
    ${tabs.map(
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
  if (!windowsDiffer(detail)) return null;
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
