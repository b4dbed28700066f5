// One of a few, side by side.

import { html } from "../html.js";

/**
 * @param {{name: string, choices: readonly (readonly [value: string, word: unknown])[], chosen: string,
 *   choose: (value: any) => void}} props
 */
export function Segments({ name, choices, chosen, choose }) {
  return html`<div class="segments" role="group" aria-label=${name}>
    ${choices.map(([value, word]) => {
      const press = { "aria-pressed": value === chosen, onClick: () => choose(value) };
      return html`<button type="button" class="segment" key=${value} ...${press}>
        ${word}
      </button>`;
    })}
  </div>`;
}
