/** The replay screen begins. */
import { stepThreshold } from "./evaluation.js";
import { begin } from "../html.js";
import { listenToKeys } from "../keys.js";
import { stayFresh } from "./live.js";
import { App } from "./shell.js";
import { evaluating, followHistory, navigate, route, walk } from "./state.js";

followHistory();
listenToKeys({
  opened: () => route.peek().sequence,
  close: () => navigate({ sequence: null }),
  move: walk.move,
  slider: () => (evaluating.peek() ? stepThreshold : null),
  more: { m: () => navigate({ mode: evaluating.peek() ? "monitor" : "eval" }) },
});
stayFresh();
begin(App);
