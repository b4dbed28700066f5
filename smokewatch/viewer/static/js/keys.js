/** Keys that work from anywhere on the page. The table, the player and lists handle their own. */
import { helpOpen, sheet } from "./page.js";

/** @typedef {object} Screen what keys do on a screen
 * @property {() => string | null} opened the open sequence
 * @property {() => void} close close it
 * @property {(by: number) => void} move the active row
 * @property {() => ((by: number) => void) | null} slider moves the threshold by hundredths; null: there is none now
 * @property {Record<string, () => void>} [more] keys of this screen alone */

/** @param {EventTarget | null} target
 * @returns {boolean} whether letters are typed there */
function typing(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "range", "button"].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function focusRow() {
  document.querySelector(/** @type {"div"} */ ('.row[tabindex="0"]'))?.focus({ preventScroll: true });
}

/** Close the uppermost of what is open.
 * @param {Screen} screen
 * @returns {boolean} whether anything was */
function closeOne(screen) {
  if (sheet.peek() !== "") sheet.value = "";
  else if (screen.opened() !== null) {
    screen.close();
    // At once, so that no key pressed next is lost. On a phone the list cannot be focused before the pane is gone: then
    // a frame later, where nothing else was focused meanwhile.
    focusRow();
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) focusRow();
    });
  } else return false;
  return true;
}

function search() {
  sheet.value = "";
  const field = /** @type {HTMLInputElement | null} */ (document.getElementById("search"));
  field?.focus();
  field?.select();
}

/** @param {Screen} screen
 * @returns {(event: KeyboardEvent) => void} */
function answering(screen) {
  /** @type {Record<string, () => void>} */
  const actions = {
    j: () => screen.move(1),
    k: () => screen.move(-1),
    "/": search,
    "?": () => {
      helpOpen.value = true;
    },
    ...screen.more,
  };
  return (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || helpOpen.peek()) return;
    if (event.key === "Escape") {
      if (typing(event.target) && event.target instanceof HTMLElement) {
        event.target.blur();
        focusRow();
        event.preventDefault();
      } else if (closeOne(screen)) event.preventDefault();
      return;
    }
    if (typing(event.target)) return;
    const slide = event.key === "[" || event.key === "]" ? screen.slider() : null;
    if (event.target === document.body && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      screen.move(event.key === "ArrowDown" ? 1 : -1);
      focusRow();
    } else if (slide !== null) slide(event.key === "]" ? 1 : -1);
    else if (Object.hasOwn(actions, event.key)) actions[event.key]();
    else return;
    event.preventDefault();
  };
}

/** @param {Screen} screen */
export function listenToKeys(screen) {
  document.addEventListener("keydown", answering(screen));
}
