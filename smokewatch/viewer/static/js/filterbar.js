/** What the screens' filter bars share: the search field, what is chosen, and the buttons that open a sheet. */
import { shownName } from "./format.js";
import { html } from "./html.js";
import { sheet } from "./page.js";

/** @param {{ text: string, navigate: (changes: { q: string }, options: { replace: boolean }) => void }} props */
export function Search({ text, navigate }) {
  const onInput = (/** @type {Event} */ event) => {
    navigate({ q: /** @type {HTMLInputElement} */ (event.target).value.slice(0, 200) }, { replace: true });
  };
  return html`<label class="search">
    <span class="unseen">Search</span>
    <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="7" cy="7" r="4.500" /><path d="M10.500 10.500L14 14" /></svg>
    <input id="search" class="field" type="search" placeholder="Search" maxlength="200" autocomplete="off" spellcheck=${false} value=${text} onInput=${onInput} />
    <kbd aria-hidden="true">/</kbd>
  </label>`;
}

/** @typedef {{ title: string, value: string, text: string, remove: () => void }} Chip a chosen value: its filter's title,
 * itself, itself in words, what takes it away */

/** @param {{ chip: Chip }} props */
function ChosenValue({ chip: { title, text, remove } }) {
  const shown = shownName(text, 40);
  return html`<li>
    <button type="button" class="chip" aria-label=${`Remove filter ${title}: ${shown}`} onClick=${remove}>
      <span class="muted">${title}</span> <span class="cut">${shown}</span>
      <svg viewBox="0 0 8 8" aria-hidden="true"><path d="M1 1l6 6M7 1L1 7" /></svg>
    </button>
  </li>`;
}

/** @param {{ chips: Chip[], clear: () => void }} props clear: takes all of them away */
export function Chips({ chips, clear }) {
  if (chips.length === 0) return null;
  return html`<div class="chips">
    <ul aria-label="Active filters">${chips.map((chip) => html`<${ChosenValue} key=${`${chip.title}=${chip.value}`} chip=${chip} />`)}</ul>
    <button type="button" class="button quiet" onClick=${clear}>Clear all</button>
  </div>`;
}

/** On a narrow screen: opens what stands beside the list on a wide one.
 * @param {{ name: "filters" | "summary", text: string, count?: number }} props */
export function SheetButton({ name, text, count = 0 }) {
  const onClick = () => {
    sheet.value = sheet.peek() === name ? "" : name;
  };
  return html`<button type="button" class=${`button to-${name}`} aria-expanded=${sheet.value === name} onClick=${onClick}>
    ${text}${count > 0 && html`<span class="filter-count">${count}<span class="unseen"> set</span></span>`}
  </button>`;
}
