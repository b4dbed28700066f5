// The detail pane of any screen: everything known of one sequence, in tabs. Its state is the URL's.

import { classes, html, useCallback, useLayoutEffect, useRef, useState } from "../html.js";
import { Title } from "./header.js";
import { useDetail } from "./loading.js";
import { usePlayer, usePlayerKeys } from "./player.js";
import { useRenewed } from "./renewing.js";
import { Missing, Skeleton } from "./states.js";
import { TabBar } from "./tabs.js";

/** @import { Navigate, Steps, Tab, Window } from "./types.js" */
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

/** What answers clicks while the next sequence is on its way. */
const ANSWERING = ".detail-title, .tabs, dialog";

/**
 * @param {object} props
 * @param {Made} props.made
 * @param {string} props.sequence its key
 * @param {Tab | null} [props.tab]
 * @param {unknown} [props.which] of its windows
 * @param {number | null} [props.frame] the deep link's; null: none
 * @param {Steps} props.steps
 * @param {string | null} [props.asOf] which state of the store the screen's rows are; null: there are none, or details
 *   never change
 * @param {Navigate} props.navigate
 */
export function Pane({ made, sequence, tab, which, frame, steps, asOf = null, navigate }) {
  const { detail, problem, loading, retry, held, exchange } = useDetail(
    `${made.url}/${encodeURIComponent(sequence)}`,
    asOf,
  );
  const settled = detail !== null && !loading;
  useRenewed(held, settled, asOf, exchange);
  // The sequence before stays as it was asked for until the next one is there: it belongs to no address then.
  const asked = useRef({ which, frame: frame ?? null });
  if (settled) asked.current = { which, frame: frame ?? null };
  const answers = useRef(settled);
  answers.current = settled;
  const act = useCallback(
    /** @type {Navigate} */ ((changes, options) => {
      if (answers.current) navigate(changes, options);
    }),
    [navigate],
  );
  const [layers, setLayers] = useState(/** @type {Layers} */ ({ tubes: true, detections: false, roi: false }));
  const [comparing, setComparing] = useState(false);
  const open = tab ?? "frames";
  const shown = detail ? made.windowOf(detail, asked.current.which) : null;
  const moving = open === "frames" || open === "tubes";
  const active = open === "frames" && settled;
  const player = usePlayer({ detail, shown, frame: asked.current.frame, active, navigate: act });
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

  /** @param {MouseEvent} event */
  const clicked = (event) => {
    // Not `inert`: that takes the focus away, and with it the place of who runs through rows by keys.
    if (settled || !detail || (event.target instanceof Element && event.target.closest(ANSWERING))) return;
    event.preventDefault();
    event.stopPropagation();
  };

  const View = made.views[open] ?? made.views.frames;
  const drawing = { layers, setLayers, offered: made.layers, comparing, setComparing };
  const shared = { detail, shown, player, ...drawing, navigate: act };
  const look = classes("detail", loading && detail && "detail-waiting");
  return html`<article ref=${pane} class=${look} aria-label="Sequence" aria-busy=${loading} onClickCapture=${clicked}>
    <${Title} sequence=${sequence} detail=${detail} steps=${steps} navigate=${navigate} />
    ${detail
      ? html`<${made.Head} detail=${detail} shown=${shown} navigate=${act} />
          <div class="detail-bar">
            <${TabBar} tabs=${made.tabs} open=${open} navigate=${navigate} />
            <${made.Switch} detail=${detail} which=${asked.current.which} navigate=${act} />
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
