// The detail pane: everything known of one sequence, in five tabs. Its state is the URL's.

import { classes, html, useLayoutEffect, useRef, useState } from "../html.js";
import { FramesTab } from "./frames.js";
import { Head, Title } from "./header.js";
import { useDetail } from "./loading.js";
import { usePlayer, usePlayerKeys } from "./player.js";
import { Provenance } from "./provenance.js";
import { Raw } from "./raw.js";
import { Replay } from "./replay.js";
import { Missing, Skeleton } from "./states.js";
import { TabBar, WindowSwitch } from "./tabs.js";
import { Tubes } from "./tubes.js";
import { windowShown, windowsDiffer } from "./words.js";

/** @import { Navigate, Tab, Which } from "./types.js" */
/** @import { Layers } from "./overlay.js" */

/** @type {readonly string[]} */
const NONE = [];

/**
 * @param {object} props
 * @param {string} props.sequence its key
 * @param {Tab | null} [props.tab]
 * @param {Which | null} [props.window]
 * @param {number | null} [props.frame] the deep link's; null: none
 * @param {readonly string[]} [props.rows] the table's keys, in its order
 * @param {Navigate} props.navigate
 */
export function DetailPane({ sequence, tab, window: which, frame, rows, navigate }) {
  const { detail, problem, loading, retry } = useDetail(sequence);
  const [layers, setLayers] = useState(/** @type {Layers} */ ({ tubes: true, detections: false, roi: false }));
  const [comparing, setComparing] = useState(false);
  const open = tab ?? "frames";
  const shown = detail ? windowShown(detail, which ?? "matched") : null;
  const moving = open === "frames" || open === "tubes";
  const settled = detail !== null && detail.key === sequence;
  const player = usePlayer({
    detail,
    shown,
    frame: settled ? (frame ?? null) : null,
    active: open === "frames",
    navigate,
  });
  usePlayerKeys(player, (detail?.frames.length ?? 0) - 1, moving && settled);

  const pane = useRef(/** @type {HTMLElement | null} */ (null));
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    // Another tab begins at its beginning, under the bar that stays.
    if (!pane.current || !body.current) return;
    const above = body.current.offsetTop;
    const stuck = [...pane.current.children].filter((part) => getComputedStyle(part).position === "sticky");
    const start = above - stuck.reduce((height, part) => height + part.clientHeight, 0);
    if (pane.current.scrollTop > start) pane.current.scrollTop = start;
  }, [open]);

  const views = {
    frames: FramesTab,
    tubes: Tubes,
    replay: Replay,
    provenance: Provenance,
    raw: Raw,
  };
  const View = views[open] ?? FramesTab;
  const shared = { detail, shown, player, layers, setLayers, comparing, setComparing, navigate };
  const look = classes("detail", loading && detail && "detail-waiting");
  return html`<article ref=${pane} class=${look} aria-label="Sequence" aria-busy=${loading}>
    <${Title} sequence=${sequence} detail=${detail} rows=${rows ?? NONE} navigate=${navigate} />
    ${detail
      ? html`<${Head} detail=${detail} shown=${shown} navigate=${navigate} />
          <div class="detail-bar">
            <${TabBar} open=${open} navigate=${navigate} />
            ${windowsDiffer(detail) &&
            html`<${WindowSwitch} detail=${detail} which=${which ?? "matched"} navigate=${navigate} />`}
          </div>
          <div
            ref=${body}
            class="detail-body"
            role="tabpanel"
            id="detail-panel"
            aria-labelledby=${`detail-tab-${open}`}
            tabindex="0"
          >
            <${View} key=${open} ...${shared} />
          </div>`
      : problem
        ? html`<${Missing} problem=${problem} sequence=${sequence} retry=${retry} />`
        : html`<${Skeleton} />`}
  </article>`;
}
