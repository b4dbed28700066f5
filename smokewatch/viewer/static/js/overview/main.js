/** The overview begins. */
import { begin } from "../html.js";
import { listenToKeys } from "../keys.js";
import { move } from "./recent.js";
import { App } from "./shell.js";
import { followHistory, navigate, refresh, route, stayFresh } from "./state.js";

followHistory();
listenToKeys({
  opened: () => null,
  close: () => undefined,
  move,
  slider: () => null,
  more: { r: refresh, b: () => navigate({ by: route.peek().by === "release" ? "organization" : "release" }) },
});
stayFresh();
begin(App);
