/** The triage screen begins. */
import { begin } from "../html.js";
import { listenToKeys } from "../keys.js";
import { App } from "./shell.js";
import { followHistory, navigate, route, rows, stayFresh, stepThreshold, walk } from "./state.js";

followHistory();
listenToKeys({
  opened: () => route.peek().sequence,
  close: () => navigate({ sequence: null }),
  move: walk.move,
  slider: () => (rows.peek() === null ? null : stepThreshold),
});
stayFresh();
begin(App);
