/** The sequence that was replayed last: its decisive frame with boxes, what production said and what the replay says. */
import { useDetail } from "../detail/loading.js";
import { Stage } from "../detail/stage.js";
import { windowShown } from "../detail/words.js";
import { formatDifference, formatExact, formatScore, formatSeconds, formatSpan, shownName, words, WORDS } from "../format.js";
import { positionOf } from "../geometry.js";
import { classes, html, useEffect, useRef } from "../html.js";
import { backoff } from "../polling.js";
import { Facts, Panel } from "./parts.js";
import { asked, latest } from "./state.js";

/** @typedef {import("./types.js").HistoryRow} HistoryRow */

const TUBES = { tubes: true, detections: false, roi: false };
const DETECTIONS = { tubes: false, detections: true, roi: false };

/** The frame that the decision fell on, else the last one.
 * @param {import("../detail/types.js").Detail} detail
 * @param {import("../detail/types.js").Window | null} shown */
function decisiveFrame({ frames }, shown) {
  const slot = shown?.trigger_frame_index ?? null;
  const place = (shown === null || slot === null ? null : positionOf(slot, shown.details.preprocessing.padded_frame_indices)) ?? -1;
  return frames[shown?.frames[place] ?? -1] ?? frames[shown?.frames.at(-1) ?? -1] ?? frames.at(-1) ?? null;
}

/** Ask again for what could not be had: after a while, and at once where a person or the network says so.
 * @param {unknown} problem null: it could
 * @param {boolean} loading
 * @param {() => void} retry */
function useAnotherTry(problem, loading, retry) {
  const tries = useRef(0);
  const by = asked.value;
  const seen = useRef(by);
  useEffect(() => {
    if (loading) return undefined;
    tries.current = problem === null ? 0 : tries.current + 1;
    if (problem === null) return undefined;
    const again = () => {
      if (!document.hidden) retry();
    };
    const timer = setTimeout(again, backoff(tries.current, Math.random()));
    document.addEventListener("visibilitychange", again);
    addEventListener("online", retry);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", again);
      removeEventListener("online", retry);
    };
  }, [problem, loading]);
  useEffect(() => {
    if (seen.current !== by && problem !== null) retry();
    seen.current = by;
  }, [by]);
}

/** @param {{ row: HistoryRow }} props */
function Picture({ row }) {
  const { detail, problem, loading, retry } = useDetail(`/api/sequences/${encodeURIComponent(row.key)}`);
  useAnotherTry(problem, loading, retry);
  if (detail === null) return html`<div class=${classes("stage", problem === null && "skeleton")} style=${{ aspectRatio: "16 / 9" }}>${problem !== null && html`<div class="stage-lost"><strong>No picture</strong><span>${problem.message}</span></div>`}</div>`;
  const shown = windowShown(detail, "matched");
  const frame = decisiveFrame(detail, shown);
  if (frame === null) return null;
  // Without a tube there is what the camera detected.
  const layers = shown === null || shown.details.tubes.kept.length === 0 ? DETECTIONS : TUBES;
  return html`<${Stage} frame=${frame} total=${detail.frames.length} shown=${shown} layers=${layers} />`;
}

/** @param {{ row: HistoryRow }} props */
export function Status({ row: { status, drop_reason: reason } }) {
  return html`<span class=${`mark ${status}`}>${WORDS.match[status] ?? status}</span>${reason !== null && html` <span class="muted">${words(reason)}</span>`}`;
}

/** @param {import("./types.js").Latest} data */
function draw({ latest: row }) {
  if (row === null) return html`<p class="muted">No sequence was replayed yet.</p><pre><code>smokewatch replay</code></pre>`;
  const address = `/replay?sequence=${encodeURIComponent(row.key)}`;
  const score = (/** @type {number | null} */ value) => html`<span title=${formatExact(value)}>${formatScore(value)}</span>`;
  return html`<div class="latest">
    <a class="latest-picture" href=${address}><span class="unseen">See the sequence: </span><${Picture} row=${row} /></a>
    <div class="latest-words">
      <p class="latest-title"><a href=${address} class="cut">${shownName(row.camera?.name, 60)}</a> <span class="muted cut">${shownName(row.organization?.name, 60)}</span></p>
      <p class="latest-status"><${Status} row=${row} />${row.status === "window" && row.matched_frames !== null && html`<span class="muted">first ${row.matched_frames} of ${row.frames} frames</span>`}</p>
      <${Facts} facts=${[
        ["recorded", score(row.recorded_score)],
        ["replayed", score(row.replayed_score)],
        ["difference", formatDifference(row.difference)],
        ["release", shownName(row.api_version, 30)],
        ["took", formatSpan(row.milliseconds)],
        ["decided", html`<time datetime=${row.at}>${formatSeconds(row.at)}</time>`],
      ]} />
    </div>
  </div>`;
}

export const LatestPanel = () => html`<${Panel} title="Latest replayed" place="latest-panel" panel=${latest} draw=${draw} lines=${8} />`;
