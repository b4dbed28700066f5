/** The runs' screen begins. */
import { h, render } from "../html.js";
import { listenToKeys } from "../keys.js";
import { move } from "./list.js";
import { App } from "./shell.js";
import { followHistory, stayFresh, told } from "./state.js";

followHistory();
listenToKeys({
  opened: () => told,
  close: () => location.assign("/runs"),
  move,
  slider: () => null,
});
stayFresh();
const place = document.getElementById("app");
if (place === null) throw new Error("runs.html has no element #app");
render(h(App, null), place);
