/** The qualification screen begins. */
import { h, render } from "../html.js";
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
const place = document.getElementById("app");
if (place === null) throw new Error("qualification.html has no element #app");
render(h(App, null), place);
