/** The history begins. */
import { h, render } from "../html.js";
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
const place = document.getElementById("app");
if (place === null) throw new Error("history.html has no element #app");
render(h(App, null), place);
