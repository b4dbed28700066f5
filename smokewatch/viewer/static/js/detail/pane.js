// The replay screen's detail pane.

import { html } from "../html.js";
import { Pane } from "./body.js";
import { FramesTab } from "./frames.js";
import { Head } from "./header.js";
import { Provenance } from "./provenance.js";
import { Raw } from "./raw.js";
import { Replay } from "./replay.js";
import { WindowSwitch } from "./tabs.js";
import { Tubes } from "./tubes.js";
import { windowShown } from "./words.js";

/** @import { Made } from "./body.js" */
/** @import { Navigate, Steps, Tab, Which } from "./types.js" */

/** @type {Made} */
const REPLAY = {
  url: "/api/sequences",
  tabs: [
    ["frames", "Frames"],
    ["tubes", "Tubes"],
    ["replay", "Replay"],
    ["provenance", "Provenance"],
    ["raw", "Raw JSON"],
  ],
  views: { frames: FramesTab, tubes: Tubes, replay: Replay, provenance: Provenance, raw: Raw },
  layers: ["tubes", "detections", "roi"],
  Head,
  Switch: WindowSwitch,
  windowOf: windowShown,
};

/**
 * @param {object} props
 * @param {string} props.sequence its key
 * @param {Tab | null} [props.tab]
 * @param {Which | null} [props.window]
 * @param {number | null} [props.frame] the deep link's; null: none
 * @param {Steps} props.steps
 * @param {string | null} props.asOf which state of the store the screen's rows are; null: there are none
 * @param {Navigate} props.navigate
 */
export function DetailPane({ window: which, ...props }) {
  return html`<${Pane} made=${REPLAY} which=${which ?? "matched"} ...${props} />`;
}
