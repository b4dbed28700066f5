// The Frames tab: the player, what is drawn, and the strip of all frames.

import { html, useEffect, useState } from "../html.js";
import { NOTHING, formatBytes, formatClock, formatSeconds, plural } from "../format.js";
import { Stage, usePreloaded } from "./stage.js";
import { Legend } from "./legend.js";
import { Strip } from "./strip.js";
import { Zoom } from "./zoom.js";
import { comparison, frameOfSlot, matchedWord, windowsDiffer } from "./words.js";

/** @import { Detail, Window } from "./types.js" */
/** @import { Layers } from "./overlay.js" */
/** @import { Player } from "./player.js" */

/** @type {[keyof Layers, string][]} */
const LAYERS = [
  ["tubes", "Tubes"],
  ["detections", "Detections"],
  ["roi", "ROI"],
];
const PLAY = { name: "Play", d: "M5 3l8 5-8 5z" };
const PAUSE = { name: "Pause", d: "M5 3v10M11 3v10" };

/**
 * @typedef {object} Shared what every tab is given
 * @property {Detail} detail
 * @property {Window | null} shown
 * @property {Player} player
 * @property {Layers} layers
 * @property {(next: Layers) => void} setLayers
 * @property {(keyof Layers)[]} offered layers that can be drawn
 * @property {boolean} comparing
 * @property {(next: boolean) => void} setComparing
 * @property {import("./types.js").Navigate} navigate
 */

/**
 * A window beside another one.
 * @typedef {object} Compared
 * @property {string} name
 * @property {Window | null} window
 * @property {boolean} [kept] as the screen decides; left out: as the release did
 * @property {string} [compared] how it was decided
 */

/** @param {Shared & { pair?: Compared[] }} props pair: always side by side; left out: both windows, where wanted */
export function FramesTab({ detail, shown, player, layers, setLayers, offered, comparing, setComparing, pair }) {
  const [zooming, setZooming] = useState(false);
  const { frames } = detail;
  useEffect(() => setZooming(false), [detail.key]);
  const frame = frames[player.n];
  usePreloaded([frames[player.n + 1]?.url, frames[player.n + 2]?.url, frames[player.n - 1]?.url]);
  if (!frame) return html`<p class="muted">No frame of this sequence is known.</p>`;
  const differ = pair === undefined && windowsDiffer(detail);
  const side = pair ?? (differ && comparing ? windowsOf(detail) : null);
  const zoom = () => {
    if (player.playing) player.toggle();
    setZooming(true);
  };
  const stage = { frame, total: frames.length, layers };
  return html`<div class="frames-tab">
    ${side
      ? html`<div class="stages">${side.map((each) => html`<${Beside} key=${`${detail.key} ${each.name}`} ...${each} stage=${stage} />`)}</div>`
      : html`<${Stage} ...${stage} shown=${shown} zoom=${zoom} />`}
    <${Controls} player=${player} last=${frames.length - 1}>
      ${LAYERS.filter(([layer]) => offered.includes(layer)).map(
        ([layer, name]) => html`<${Layer}
          key=${layer}
          name=${name}
          on=${layers[layer]}
          set=${(/** @type {boolean} */ on) => setLayers({ ...layers, [layer]: on })}
        />`,
      )}
      ${differ && html`<${Layer} name="Compare" on=${comparing} set=${setComparing} />`}
    <//>
    <p class="frame-line">
      <strong>Frame ${player.n + 1}<span class="muted"> of ${frames.length}</span></strong>
      <time datetime=${frame.created_at} title=${`${formatSeconds(frame.created_at)} UTC`}>
        ${formatClock(frame.created_at)} UTC
      </time>
      <code class="frame-key">${frame.bucket_key}</code>
      <span class="muted">
        ${[
          frame.width && frame.height ? `${frame.width}×${frame.height}` : null,
          frame.size === null ? null : formatBytes(frame.size),
          plural(frame.detection_ids.length, "detection"),
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
      ${frame.flag && html`<span class="flag">${frame.flag.slice(0, 200)}</span>`}
    </p>
    <${Strip} frames=${frames} shown=${shown} player=${player} />
    ${shown && !side && html`<${Legend} shown=${shown} frame=${frame} layers=${layers} />`}
    ${zooming && html`<${Zoom} key=${detail.key} ...${stage} shown=${shown} player=${player} close=${() => setZooming(false)} />`}
  </div>`;
}

/** @param {Detail} detail @returns {Compared[]} */
function windowsOf({ windows, verdict }) {
  return [
    { name: `${matchedWord(verdict)} window`, window: windows.matched },
    { name: "full window", window: windows.full },
  ];
}

/** @param {Compared & {stage: object}} props */
function Beside({ window, name, kept, compared, stage }) {
  const decision = (kept ?? window?.is_smoke) ? "keep" : "discard";
  const trigger = window ? frameOfSlot(window.trigger_frame_index, window) : null;
  return html`<figure class="beside">
    <${Stage} ...${stage} shown=${window} label=${name} />
    <figcaption>
      <strong>${name}</strong>
      ${window
        ? html`<span class=${`mark ${decision}`}>${decision}</span>
            <span class="muted">${compared ?? comparison(window.probability, window.details.decision.threshold)}</span>
            <span class="muted">${plural(window.frames.length, "frame")}</span>
            <span class="muted">${plural(window.details.tubes.kept.length, "tube")}</span>
            <span class="muted">trigger ${trigger === null ? NOTHING : trigger + 1}</span>`
        : html`<span class="muted">not known</span>`}
    </figcaption>
  </figure>`;
}

/** @param {{player: Player, last: number, children: unknown}} props */
function Controls({ player, last, children }) {
  const { n, playing, trigger } = player;
  return html`<div class="controls">
    <div class="control-group">
      <${Glyph} name="Previous frame" keys="←" d="M10 3L5 8l5 5" disabled=${n <= 0} act=${() => player.step(-1)} />
      <${Glyph} ...${playing ? PAUSE : PLAY} keys="space" act=${player.toggle} />
      <${Glyph} name="Next frame" keys="→" d="M6 3l5 5-5 5" disabled=${n >= last} act=${() => player.step(1)} />
      ${trigger !== null &&
      html`<button type="button" class="button" title="Trigger frame (t)" onClick=${() => player.go(trigger)}>
        Trigger ${trigger + 1}
      </button>`}
    </div>
    <div class="control-group" role="group" aria-label="Drawn over the frame">${children}</div>
  </div>`;
}

/** @param {{name: string, keys: string, d: string, act: () => void, disabled?: boolean}} props */
function Glyph({ name, keys, d, act, disabled = false }) {
  const names = { "aria-label": name, title: `${name} (${keys})` };
  return html`<button type="button" class="button square" ...${names} disabled=${disabled} onClick=${act}>
    <svg viewBox="0 0 16 16" class="glyph" aria-hidden="true"><path d=${d} /></svg>
  </button>`;
}

/** @param {{name: string, on: boolean, set: (on: boolean) => void}} props */
function Layer({ name, on, set }) {
  return html`<button type="button" class="button layer" aria-pressed=${on} onClick=${() => set(!on)}>${name}</button>`;
}
