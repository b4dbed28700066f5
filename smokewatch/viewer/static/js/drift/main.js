/** The drift screen begins. */
import { begin } from "../html.js";
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
begin(App);
