// One frame with what is drawn over it. The former picture stays until the next one is there.

import { Problem, fetchJson, isAbort } from "../fetching.js";
import { classes, html, useEffect, useRef, useState } from "../html.js";
import { formatClock } from "../format.js";
import { roleOf } from "../geometry.js";
import { Overlay, tubeWords } from "./overlay.js";

/** @import { Frame, Window } from "./types.js" */
/** @import { Layers } from "./overlay.js" */

const AGAIN_MS = 2000;
/** An answer that takes longer is none. */
const PATIENCE_MS = 20_000;

/**
 * @typedef {object} Picture
 * @property {Frame} frame
 * @property {string | null} lost why nothing can be shown of it
 * @property {number} width px
 * @property {number} height px
 */

/**
 * The picture to show for a frame: the last one that is ready.
 * @param {Frame} frame
 * @returns {Picture | null} null: none was ready yet
 */
export function usePicture(frame) {
  const [picture, setPicture] = useState(/** @type {Picture | null} */ (null));
  useEffect(() => {
    const size = { width: frame.width ?? 1280, height: frame.height ?? 720 };
    if (frame.url === null) {
      setPicture({ frame, lost: "Its bytes could not be had from production: they are not in the store.", ...size });
      return undefined;
    }
    const { url } = frame;
    const given = new AbortController();
    const image = new Image();
    let timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
    image.onload = () => {
      if (given.signal.aborted) return;
      const { naturalWidth: width, naturalHeight: height } = image;
      setPicture({ frame, lost: null, width: width || size.width, height: height || size.height });
    };
    image.onerror = async () => {
      const { lost, passing } = await reasonOf(url, frame.undecodable, given.signal);
      if (given.signal.aborted) return;
      setPicture({ frame, lost, ...size });
      if (passing) timer = setTimeout(() => (image.src = url), AGAIN_MS);
    };
    image.src = url;
    return () => {
      given.abort();
      clearTimeout(timer);
    };
  }, [frame]);
  return picture;
}

/**
 * Why the browser could not show a frame: the server's reason, or that of its bytes.
 * @param {string} url
 * @param {string | null} undecodable what is known of its bytes
 * @param {AbortSignal} given ends it
 * @returns {Promise<{lost: string, passing: boolean}>} `passing`: another try may do
 */
async function reasonOf(url, undecodable, given) {
  const signal = AbortSignal.any([given, AbortSignal.timeout(PATIENCE_MS)]);
  try {
    const response = await fetch(url, { signal });
    // The problem is told by asking as for any other document.
    if (!response.ok) await fetchJson(url, { signal, retries: 0 });
    const bytes = await response.blob();
    if (await decodes(bytes)) return { lost: "The connection failed; trying again.", passing: true };
    return { lost: `Its bytes cannot be decoded${undecodable ? `: ${undecodable}` : ""}.`, passing: false };
  } catch (error) {
    if (error instanceof Problem && error.status > 0) {
      const { message, hint, unreachable: passing } = error;
      return { lost: hint ? `${message}: ${hint}.` : `${message}.`, passing };
    }
    return { lost: "No answer from smokewatch; trying again.", passing: !isAbort(error) };
  }
}

/** @param {Blob} bytes */
async function decodes(bytes) {
  try {
    (await createImageBitmap(bytes)).close();
    return true;
  } catch {
    return false;
  }
}

/**
 * Asks the browser for pictures that will be shown next.
 * @param {(string | null | undefined)[]} urls
 */
export function usePreloaded(urls) {
  const text = urls.filter((url) => typeof url === "string").join("\n");
  useEffect(() => {
    for (const url of text.split("\n").filter(Boolean)) new Image().src = url;
  }, [text]);
}

/**
 * @param {object} props
 * @param {Frame} props.frame
 * @param {number} props.total
 * @param {Window | null} props.shown
 * @param {Layers} props.layers
 * @param {() => void} [props.zoom] what a click on it does
 * @param {string} [props.label]
 */
export function Stage({ frame, zoom, label, layers, ...wanted }) {
  const picture = usePicture(frame);
  const drawn = picture?.frame ?? frame;
  const waiting = drawn !== frame;
  // A picture that waits for the next one keeps its window: boxes, scores and words are of what is drawn.
  const own = useRef(wanted);
  if (!waiting) own.current = wanted;
  const { shown, total } = own.current;
  const ratio = { aspectRatio: `${picture?.width ?? frame.width ?? 16} / ${picture?.height ?? frame.height ?? 9}` };
  const outside = shown !== null && !shown.frames.includes(drawn.n);
  const name = `${label ? `${label}: ` : ""}${pictureWords(drawn, total, shown)}`;
  const content = html`
    ${picture === null
      ? html`<span class="stage-wait" aria-hidden="true"></span>`
      : picture.lost !== null
        ? html`<${Lost} reason=${picture.lost} />`
        : html`<img class="stage-image" src=${drawn.url} alt=${name} decoding="sync" draggable=${false} />
            <${Overlay} frame=${drawn} shown=${shown} layers=${layers} />`}
    ${outside && html`<span class="stage-note">outside the scored window</span>`}
  `;
  const look = classes("stage", waiting && "stage-waiting", outside && "stage-outside");
  // Over the picture, not around it: what is written there is no part of the button's name.
  const button = zoom && picture?.lost === null
    && html`<button type="button" class="stage-button" onClick=${waiting ? undefined : zoom} aria-label=${`Zoom. ${name}`}></button>`;
  return html`<div class=${look} style=${ratio}>${content}${button}</div>`;
}

/** @param {{reason: string}} props */
function Lost({ reason }) {
  return html`<div class="stage-lost" role="img" aria-label=${`No picture. ${reason}`}>
    <strong>No picture</strong><span>${reason}</span>
  </div>`;
}

/**
 * A frame in words, for those who do not see it.
 * @param {Frame} frame
 * @param {number} total
 * @param {Window | null} shown
 */
function pictureWords(frame, total, shown) {
  const said = `Frame ${frame.n + 1} of ${total}, ${formatClock(frame.created_at)} UTC`;
  if (!shown) return said;
  const { kept } = shown.details.tubes;
  if (!shown.frames.includes(frame.n) || !kept.length) return said;
  const some = kept.slice(0, 6).map((tube) => tubeWords(tube, roleOf(tube, shown.details.decision)));
  return `${said}; tubes ${some.join(", ")}`;
}
