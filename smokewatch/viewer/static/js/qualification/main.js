/** The qualification screen begins. */
import { begin } from "../html.js";
import { listenToKeys } from "../keys.js";
import { App } from "./shell.js";
import { followHistory, move, navigate, route, stayFresh } from "./state.js";

followHistory();
listenToKeys({
  opened: () => route.peek().sequence,
  close: () => navigate({ sequence: null }),
  move,
  slider: () => null,
});
stayFresh();
begin(App);
