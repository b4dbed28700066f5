/** A severity as people see it everywhere on the screen: sign, word, tone. */
import { html } from "../html.js";
import { signOf, wordOf } from "./words.js";

/** @param {{ severity: string }} props its name; "": not checked */
export function Severity({ severity }) {
  return html`<span class=${`severity ${severity}`}><span class="sign" aria-hidden="true">${signOf(severity)}</span>${wordOf(severity)}</span>`;
}
