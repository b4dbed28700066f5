// The detail pane of any screen: everything known of one sequence, in tabs. Its state is the URL's.

import { classes, html, useLayoutEffect, useRef, useState } from "../html.js";
import { Title } from "./header.js";
import { useDetail } from "./loading.js";
import { usePlayer, usePlayerKeys } from "./player.js";
import { Missing, Skeleton } from "./states.js";
import { TabBar } from "./tabs.js";

/** @import { Navigate, Tab, Window } from "./types.js" */
/** @import { Layers } from "./overlay.js" */
/**
 * What a screen's pane is made of.
 * @typedef {object} Made
 * @property {string} url of the details, without the key
 * @property {[Tab, string][]} tabs
 * @property {Record<string, any>} views a component a tab
 * @property {(keyof Layers)[]} layers that can be drawn
 * @property {any} Head below the title: {detail, shown, navigate}
 * @property {any} Switch beside the tabs: {detail, which, navigate}
 * @property {(detail: any, which: any) => Window | null} windowOf the one to show
 */

/** @type {readonly string[]} */
const NONE = [];

/**
 * @param {object} props
 * @param {Made} props.made
 * @param {string} props.sequence its key
 * @param {Tab | null} [props.tab]
 * @param {unknown} [props.which] of its windows
 * @param {number | null} [props.frame] the deep link's; null: none
 * @param {readonly string[]} [props.rows] the table's keys, in its order
 * @param {Navigate} props.navigate
 */
export function Pane({ made, sequence, tab, which, frame, rows, navigate }) {
  const { detail, problem, loading, retry } = useDetail(`${made.url}/${encodeURIComponent(sequence)}`);
  const [layers, setLayers] = useState(/** @type {Layers} */ ({ tubes: true, detections: false, roi: false }));
  const [comparing, setComparing] = useState(false);
  const open = tab ?? "frames";
  const shown = detail ? made.windowOf(detail, which) : null;
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

  const View = made.views[open] ?? made.views.frames;
  const shared = { detail, shown, player, layers, setLayers, offered: made.layers, comparing, setComparing, navigate };
  const look = classes("detail", loading && detail && "detail-waiting");
  return html`<article ref=${pane} class=${look} aria-label="Sequence" aria-busy=${loading}>
    <${Title} sequence=${sequence} detail=${detail} rows=${rows ?? NONE} navigate=${navigate} />
    ${detail
      ? html`<${made.Head} detail=${detail} shown=${shown} navigate=${navigate} />
          <div class="detail-bar">
            <${TabBar} tabs=${made.tabs} open=${open} navigate=${navigate} />
            <${made.Switch} detail=${detail} which=${which} navigate=${navigate} />
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
