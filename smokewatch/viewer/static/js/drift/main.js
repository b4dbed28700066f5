/** The drift screen begins. */
import { h, render } from "../html.js";
import { listenToKeys } from "../keys.js";
import { App } from "./shell.js";
import { followHistory, move, moveDay, navigate, route, stayFresh } from "./state.js";

followHistory();
listenToKeys({
  opened: () => route.peek().camera || null,
  close: () => navigate({ camera: "" }),
  move,
  slider: () => moveDay,
  more: { m: () => navigate({ mode: route.peek().mode === "strict" ? "calibrated" : "strict" }) },
});
stayFresh();
const place = document.getElementById("app");
if (place === null) throw new Error("drift.html has no element #app");
render(h(App, null), place);
