/** The qualification screen's detail pane: both releases' tubes side by side over the same frames. */
import { Pane } from "../detail/body.js";
import { FramesTab } from "../detail/frames.js";
import { WORDS } from "../format.js";
import { html } from "../html.js";
import { decisionWords, FLIP_WORDS } from "./words.js";

/** @import { Made } from "../detail/body.js" */
/** @import { Frame, Navigate, Window } from "../detail/types.js" */
/** @typedef {{ reference: string, score: number, threshold: number, window: Window | null }} Said */
/** @typedef {{ key: string, flip: string, label: string, disputed: boolean, window: "matched" | "full", frames: Frame[],
 *   sides: { baseline: Said, candidate: Said } }} Detail */

/** @param {Said} said @returns {boolean} */
const keeps = ({ score, threshold }) => score >= threshold;

/** @param {{ name: string, said: Said }} props */
function Decision({ name, said }) {
  const decision = keeps(said) ? "keep" : "discard";
  return html`<div class="fact fact-wide"><dt>${name}</dt><dd>
    <span class=${`mark ${decision}`}>${WORDS.decision[decision]}</span> <span class="muted">${decisionWords(said.score, said.threshold)}</span>
  </dd></div>`;
}

/** @param {{ detail: Detail }} props */
function Head({ detail }) {
  const { sides, label, disputed, flip, window } = detail;
  return html`<div class="detail-head">
    <dl class="facts">
      <${Decision} name="Baseline" said=${sides.baseline} />
      <${Decision} name="Candidate" said=${sides.candidate} />
      <div class="fact fact-wide"><dt>Label</dt><dd><span class=${`mark ${label}`}>${WORDS.label[label]}</span>${disputed && html` <span class="muted">disputed</span>`}</dd></div>
    </dl>
    <p class="verdict-line">The sequence is ${FLIP_WORDS[flip]}: asked about ${window === "matched" ? "the window that production saw" : "everything that is known; which window production saw is not"}.${" "}
      <a href=${`/replay?sequence=${encodeURIComponent(detail.key)}`}>Its replay</a></p>
  </div>`;
}

/** @param {any} shared */
function SideBySide(shared) {
  const { sides } = /** @type {Detail} */ (shared.detail);
  const named = (/** @type {string} */ name, /** @type {Said} */ said) => ({ name, window: said.window, kept: keeps(said), compared: decisionWords(said.score, said.threshold) });
  return html`<${FramesTab} ...${shared} pair=${[named("baseline", sides.baseline), named("candidate", sides.candidate)]} />`;
}

/** @type {Made} */
const QUALIFICATION = {
  url: "",
  tabs: [["frames", "Side by side"]],
  views: { frames: SideBySide },
  layers: ["tubes", "detections", "roi"],
  Head,
  Switch: () => null,
  windowOf: ({ sides }) => sides.candidate.window ?? sides.baseline.window,
};

/** @param {{ run: string, sequence: string, frame: number | null, steps: import("../detail/types.js").Steps, navigate: Navigate }} props */
export function QualificationPane({ run, ...props }) {
  const made = { ...QUALIFICATION, url: `/api/qualifications/${encodeURIComponent(run)}/flips` };
  return html`<${Pane} made=${made} ...${props} />`;
}
