/** The runs' screen begins. */
import { begin } from "../html.js";
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
begin(App);
