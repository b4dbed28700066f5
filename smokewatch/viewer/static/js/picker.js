/** A filter's button and its list of options with counts. */
import { formatCount, shownName } from "./format.js";
import { classes, html, useId, useLayoutEffect, useRef, useState } from "./html.js";

/** @typedef {{ value: string, name: string, count: number, note?: string, kind?: string }} Option
 * count: NaN where it is not known; kind: a .mark's; note: what tells two of one name apart */

const SEARCH_FROM = 10;
const MOST = 200;

/** Close on Escape, on a press elsewhere, and when the focus leaves.
 * @param {{ current: HTMLElement | null }} wrapper
 * @param {boolean} open
 * @param {() => void} close */
export function useDismissal(wrapper, open, close) {
  useLayoutEffect(() => {
    if (!open) return undefined;
    const outside = (/** @type {Event} */ event) => {
      if (event.target instanceof Node && wrapper.current?.contains(event.target) === false) close();
    };
    const onKey = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
      wrapper.current?.querySelector("button")?.focus();
    };
    const inside = wrapper.current;
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    inside?.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
      inside?.removeEventListener("keydown", onKey);
    };
  }, [open]);
}

/** @param {{ option: Option, checked: boolean, onToggle: (value: string) => void }} props */
function Choice({ option, checked, onToggle }) {
  return html`<li>
    <label class=${classes("choice", option.count === 0 && !checked && "nothing")}>
      <input type="checkbox" checked=${checked} onChange=${() => onToggle(option.value)} />
      <span class="cut" title=${shownName(option.name, 400)}>
        ${option.kind ? html`<span class=${`mark ${option.kind}`}>${option.name}</span>` : shownName(option.name)}
        ${option.note && html`<span class="muted"> ${shownName(option.note, 60)}</span>`}
      </span>
      ${!Number.isNaN(option.count) && html`<span class="count">${formatCount(option.count)}</span>`}
    </label>
  </li>`;
}

/** @param {{ title: string, options: () => Option[], chosen: string[], onToggle: (value: string) => void, onClear: () => void }} props */
export function Picker({ title, options, chosen, onToggle, onClear }) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const wrapper = useRef(/** @type {HTMLDivElement | null} */ (null));
  const id = useId();
  useDismissal(wrapper, open, () => setOpen(false));
  // Before the next key: a frame later Space would still close the menu, and the field would take the focus with it.
  useLayoutEffect(() => {
    if (open) wrapper.current?.querySelector("input")?.focus();
    else setTyped("");
  }, [open]);

  // Built only when it is looked at: a step of the slider changes every count.
  const known = open ? options() : [];
  const needle = typed.toLowerCase();
  const fitting = known.filter((option) => `${option.name} ${option.note ?? ""}`.toLowerCase().includes(needle));
  const onArrow = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const inputs = [...(wrapper.current?.querySelectorAll("input") ?? [])];
    const at = inputs.findIndex((input) => input === document.activeElement);
    inputs[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  };
  return html`<div class="picker" ref=${wrapper}>
    <button type="button" class=${classes("button", chosen.length > 0 && "chosen")} aria-expanded=${open} aria-controls=${id} onClick=${() => setOpen(!open)}>
      ${title}${chosen.length > 0 && html`<span class="filter-count">${chosen.length}<span class="unseen"> chosen</span></span>`}
      <svg class="chevron" viewBox="0 0 10 6" aria-hidden="true"><path d="M1 1l4 4 4-4" /></svg>
    </button>
    ${open &&
    html`<div class="menu" id=${id} role="group" aria-label=${title} onKeyDown=${onArrow}>
      ${known.length > SEARCH_FROM &&
      html`<input type="search" class="field" aria-label=${`Find in ${title}`} placeholder="Find" value=${typed} autocomplete="off"
        onInput=${(/** @type {Event} */ event) => setTyped(/** @type {HTMLInputElement} */ (event.target).value)} />`}
      <ul class="choices">
        ${fitting.slice(0, MOST).map((option) => html`<${Choice} key=${option.value} option=${option} checked=${chosen.includes(option.value)} onToggle=${onToggle} />`)}
        ${fitting.length === 0 && html`<li class="muted menu-note">Nothing is called that.</li>`}
        ${fitting.length > MOST && html`<li class="muted menu-note">${formatCount(fitting.length - MOST)} more: type to narrow</li>`}
      </ul>
      ${chosen.length > 0 && html`<button type="button" class="button quiet menu-clear" onClick=${onClear}>Clear ${title.toLowerCase()}</button>`}
    </div>`}
  </div>`;
}

/** @param {{ from: string, to: string, onChange: (changes: { from?: string, to?: string }, how?: { replace: boolean }) => void }} props
 * how: replace: the date that is typed is not whole yet, or not the last one */
export function DayRange({ from, to, onChange }) {
  const [open, setOpen] = useState(false);
  const wrapper = useRef(/** @type {HTMLDivElement | null} */ (null));
  const id = useId();
  useDismissal(wrapper, open, () => setOpen(false));
  // A year is typed digit by digit, and each makes a date: all of them together are one step.
  const edited = useRef(/** @type {EventTarget | null} */ (null));
  const edit = (/** @type {"from" | "to"} */ name) => (/** @type {Event} */ event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    onChange({ [name]: field.value }, { replace: edited.current === field });
    edited.current = field;
  };
  const onBlur = () => {
    edited.current = null;
  };
  return html`<div class="picker" ref=${wrapper}>
    <button type="button" class=${classes("button", (from || to) && "chosen")} aria-expanded=${open} aria-controls=${id} onClick=${() => setOpen(!open)}>
      Dates<svg class="chevron" viewBox="0 0 10 6" aria-hidden="true"><path d="M1 1l4 4 4-4" /></svg>
    </button>
    ${open &&
    html`<div class="menu days" id=${id} role="group" aria-label="Dates, UTC">
      <label>From <input class="field" type="date" value=${from} max=${to || undefined} onChange=${edit("from")} onBlur=${onBlur} /></label>
      <label>To <input class="field" type="date" value=${to} min=${from || undefined} onChange=${edit("to")} onBlur=${onBlur} /></label>
      <p class="muted menu-note">UTC days, both included.</p>
      ${(from || to) && html`<button type="button" class="button quiet menu-clear" onClick=${() => onChange({ from: "", to: "" })}>Clear dates</button>`}
    </div>`}
  </div>`;
}
