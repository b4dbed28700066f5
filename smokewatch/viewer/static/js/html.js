/** The one door to the vendored libraries: `html` templates, hooks and signals.
 *
 * Attributes that Preact sets go through properties and `element.style`, so the strict CSP holds; text is always a
 * text node, so a hostile name stays text. No text is ever read as HTML. */
import { Component, Fragment, h, render } from "preact";
import htm from "htm";

/** @type {(strings: TemplateStringsArray, ...values: unknown[]) => import("preact").VNode<any>} */
export const html = /** @type {any} */ (htm.bind(h));

export { Component, Fragment };
export { createContext } from "preact";
export { useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from "@preact/signals";

/** Draw the page in place of the note that it is not here yet, which stays where this fails.
 * @param {() => import("preact").VNode<any>} App */
export function begin(App) {
  const place = document.getElementById("app");
  if (place === null) throw new Error("the page has no element #app");
  const note = place.firstElementChild;
  render(h(App, null), place);
  note?.remove();
}

/** CSS class text of the parts that hold: classes("row", selected && "selected").
 * @param {...(string | false | null | undefined)} parts
 * @returns {string} */
export function classes(...parts) {
  return parts.filter(Boolean).join(" ");
}
