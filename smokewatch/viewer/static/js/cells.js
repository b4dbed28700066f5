/** What cells of several tables hold. */
import { formatExact, formatScore, NOTHING, shownName } from "./format.js";
import { html } from "./html.js";

/** A name that may be anything: shown in one line, read whole on hover.
 * @param {string | null | undefined} name
 * @returns {unknown} */
export const named = (name) => html`<span class="cut" title=${shownName(name, 400)}>${shownName(name)}</span>`;

/** A score, read exactly on hover.
 * @param {number | null} value null or NaN: none
 * @returns {unknown} */
export const score = (value) =>
  value === null || Number.isNaN(value)
    ? html`<span class="muted">${NOTHING}</span>`
    : html`<span title=${formatExact(value)}>${formatScore(value)}</span>`;

/** A score above a bar that repeats it.
 * @param {number} value NaN: none
 * @returns {unknown} */
export function barredScore(value) {
  if (Number.isNaN(value)) return score(value);
  return html`<span class="row-score" style=${{ "--score": String(Math.min(1, Math.max(0, value))) }} title=${formatExact(value)}>${formatScore(value)}</span>`;
}
