/** The alerts screen begins. */
import { begin } from "../html.js";
import { listenToKeys } from "../keys.js";
import { App } from "./shell.js";
import { followHistory, move, moveDay, navigate, route, stayFresh } from "./state.js";

followHistory();
listenToKeys({
  opened: () => null,
  close: () => undefined,
  move,
  slider: () => moveDay,
  more: { h: () => navigate({ side: route.peek().side === "held" ? "shown" : "held" }) },
});
stayFresh();
begin(App);
