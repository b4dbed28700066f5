/** Keys that work from anywhere on the page. The table, the player and lists handle their own. */
import { stepThreshold } from "./evaluation.js";
import { move } from "./picking.js";
import { evaluating, helpOpen, navigate, route, sheet } from "./state.js";

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
 * @returns {boolean} whether anything was */
function closeOne() {
  if (sheet.peek() !== "") sheet.value = "";
  else if (route.peek().sequence !== null) {
    navigate({ sequence: null });
    requestAnimationFrame(focusRow);
  } else return false;
  return true;
}

/** @type {Record<string, () => void>} */
const ACTIONS = {
  j: () => move(1),
  k: () => move(-1),
  "/": () => {
    sheet.value = "";
    const search = /** @type {HTMLInputElement | null} */ (document.getElementById("search"));
    search?.focus();
    search?.select();
  },
  "?": () => {
    helpOpen.value = true;
  },
  m: () => navigate({ mode: evaluating.peek() ? "monitor" : "eval" }),
};

/** @param {KeyboardEvent} event */
function onKeyDown(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || helpOpen.peek()) return;
  if (event.key === "Escape") {
    if (typing(event.target) && event.target instanceof HTMLElement) {
      event.target.blur();
      focusRow();
      event.preventDefault();
    } else if (closeOne()) event.preventDefault();
    return;
  }
  if (typing(event.target)) return;
  if (event.target === document.body && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    move(event.key === "ArrowDown" ? 1 : -1);
    focusRow();
  } else if (evaluating.peek() && (event.key === "[" || event.key === "]")) stepThreshold(event.key === "]" ? 1 : -1);
  else if (Object.hasOwn(ACTIONS, event.key)) ACTIONS[event.key]();
  else return;
  event.preventDefault();
}

export function listenToKeys() {
  document.addEventListener("keydown", onKeyDown);
}
