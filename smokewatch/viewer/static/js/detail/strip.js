// All frames of the sequence as small pictures: the trigger marked, those outside the window greyed.

import { classes, html, useRef } from "../html.js";
import { formatClock } from "../format.js";
import { useInView } from "../measuring.js";

/** @import { Frame, Window } from "./types.js" */
/** @import { Player } from "./player.js" */

/** @param {{frames: Frame[], shown: Window | null, player: Player}} props */
export function Strip({ frames, shown, player }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useInView(list, player.n);
  return html`<ol class="strip" ref=${list} aria-label="All frames">
    ${frames.map((frame) => html`<${Thumb} key=${frame.n} frame=${frame} shown=${shown} player=${player} />`)}
  </ol>`;
}

/** @param {{frame: Frame, shown: Window | null, player: Player}} props */
function Thumb({ frame, shown, player }) {
  const here = frame.n === player.n;
  const outside = shown !== null && !shown.frames.includes(frame.n);
  const trigger = frame.n === player.trigger;
  const said = [
    `Frame ${frame.n + 1}, ${formatClock(frame.created_at)} UTC`,
    trigger && "trigger",
    outside && "outside the scored window",
    frame.url === null && "lost",
  ].filter(Boolean);
  const look = classes("thumb", here && "thumb-here", outside && "thumb-outside", trigger && "thumb-trigger");
  const current = { "aria-current": here ? "true" : undefined, tabindex: here ? 0 : -1 };
  return html`<li class=${look}>
    <button type="button" title=${said.join(", ")} ...${current} onClick=${() => player.go(frame.n)}>
      ${frame.url === null
        ? html`<span class="thumb-lost" aria-hidden="true">lost</span>`
        : html`<img src=${frame.url} alt="" loading="lazy" decoding="async" draggable=${false} />`}
      <span class="thumb-number" aria-hidden="true">${trigger && "▼ "}${frame.n + 1}</span>
      <span class="unseen">${said.join(", ")}</span>
    </button>
  </li>`;
}
