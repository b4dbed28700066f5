/** The page begins. */
import { h, render } from "./html.js";
import { listenToKeys } from "./keys.js";
import { stayFresh } from "./live.js";
import { App } from "./shell.js";
import { followHistory } from "./state.js";

followHistory();
listenToKeys();
stayFresh();
const place = document.getElementById("app");
if (place === null) throw new Error("index.html has no element #app");
render(h(App, null), place);
