/** The history begins. */
import { begin } from "../html.js";
import { listenToKeys } from "../keys.js";
import { App } from "./shell.js";
import { followHistory, navigate, route, stayFresh, walk } from "./state.js";

followHistory();
listenToKeys({
  opened: () => route.peek().sequence,
  close: () => navigate({ row: null, sequence: null }),
  move: walk.move,
  slider: () => null,
});
stayFresh();
begin(App);
