/** The triage screen begins. */
import { h, render } from "../html.js";
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
const place = document.getElementById("app");
if (place === null) throw new Error("triage.html has no element #app");
render(h(App, null), place);
