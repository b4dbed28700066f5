/** The replay screen's two modes. */
import { html } from "../html.js";
import { changed, formatRoute } from "./route.js";
import { navigate, route } from "./state.js";

export function Modes() {
  const state = route.value;
  const link = (/** @type {"monitor" | "eval"} */ mode, /** @type {string} */ text) => {
    const onClick = (/** @type {MouseEvent} */ event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      navigate({ mode });
    };
    const href = `${location.pathname}${formatRoute(changed(state, { mode }))}`;
    return html`<a class="mode" href=${href} aria-current=${state.mode === mode ? "page" : undefined} onClick=${onClick}>${text}</a>`;
  };
  return html`<nav class="modes" aria-label="Mode">${link("monitor", "Monitor")}${link("eval", "Evaluation")}</nav>`;
}
