/** The triage screen's detail pane: the frames with what each model saw, and the other lanes of the alert. */
import { Pane } from "../detail/body.js";
import { FramesTab } from "../detail/frames.js";
import { Raw } from "../detail/raw.js";
import { Segments } from "../detail/segments.js";
import { Tubes } from "../detail/tubes.js";
import { triggerWords } from "../detail/words.js";
import { formatExact, formatScore, formatSeconds, formatSpan, formatThreshold, NOTHING, plural, shownName, shownNumber } from "../format.js";
import { classes, html } from "../html.js";
import { navigate as setFilter, threshold } from "./state.js";
import { BUCKET_WORDS, formatDistance, reasonWords } from "./words.js";

/** @import { Made } from "../detail/body.js" */
/** @import { Window } from "../detail/types.js" */
/** @typedef {import("./route.js").Changes} Changes */
/** @typedef {(changes: Changes, options?: { replace?: boolean }) => void} Navigate */
/** @typedef {{ identity: string, identity_kind: string, reference: string, model_version: string, score: number | null,
 *   milliseconds: number | null, device: string | null, drop: { reason: string, detail: string } | null, window: Window | null }} ModelWord */
/** @typedef {{ key: string, score: number | null, is_manual: boolean, waits: boolean, left_at: string | null }} Lane */
/** @typedef {{ key: string, left_at: string | null, stage: string, waits: boolean, is_manual: boolean, source_api: string, platform_alert_id: number | null,
 *   recorded: { score: number | null, api_version: string | null }, lanes: Lane[], models: ModelWord[],
 *   frames: { url: string | null }[], azimuth: number | null }} Detail */

/** Which model's answer is shown: the asked one, else the one that gave the score, the first of equals.
 * @param {Detail} detail
 * @param {number | null} asked
 * @returns {number} -1: nobody answered */
function modelShown({ models }, asked) {
  if (asked !== null && models[asked]?.window) return asked;
  return models.reduce((best, { score }, at) => (score !== null && score > (models[best]?.score ?? -1) ? at : best), -1);
}

/** @param {Detail} detail
 * @returns {number | null} null unless every model answered */
function scoreOf({ models }) {
  if (models.length === 0 || models.some(({ score }) => score === null)) return null;
  return Math.max(...models.map(({ score }) => score ?? 0));
}

/** @param {{ name: string, children?: unknown, wide?: boolean }} props */
function Fact({ name, children, wide = false }) {
  return html`<div class=${classes("fact", wide && "fact-wide")}><dt>${name}</dt><dd>${children}</dd></div>`;
}

/** @param {{ detail: Detail, shown: Window | null, navigate: Navigate }} props */
function Head({ detail, shown, navigate }) {
  const at = threshold.value;
  const score = scoreOf(detail);
  const bucket = score === null ? null : score >= at ? "review" : "unlabeled";
  const review = detail.models.filter((model) => model.score !== null && model.score >= at).length;
  const answered = detail.models.filter((model) => model.score !== null).length;
  const agreement = answered < 2 ? "" : review === 0 || review === answered ? "agree" : "disagree";
  return html`<div class="detail-head">
    <dl class="facts">
      <${Fact} name="Bucket" wide>
        ${bucket === null ? html`<span class="mark none">not scored</span>` : html`<span class=${`mark ${bucket}`}>${BUCKET_WORDS[bucket]}</span>`}
        <span class="muted">${score !== null && `${formatScore(score)} ${score >= at ? "≥" : "<"} ${formatThreshold(at)}`}</span>
      <//>
      <${Fact} name="Models" wide>
        ${agreement === "disagree" ? html`<span class="mark disagree">disagree</span>` : html`<span>${agreement}</span>`}
        <span class="muted">${answered === 0 ? "none scored it" : `${review} of ${answered} to review`}</span>
      <//>
      <${Fact} name="Frames" wide>
        <span>${plural(detail.frames.length, "frame")}</span>
        ${detail.frames.length > 0 && html`<span class="muted">${missingWords(detail)}</span>`}
      <//>
      <${Fact} name="Score"><span class="score" title=${formatExact(score)}>${formatScore(score)}</span><//>
      <${Fact} name="Distance"><span title=${score === null ? undefined : formatExact(score - at)}>${score === null ? NOTHING : formatDistance(score - at)}</span><//>
      <${Fact} name="Production"><span class="score" title=${formatExact(detail.recorded.score)}>${formatScore(detail.recorded.score)}</span><//>
      <${Fact} name="Trigger">${shown ? triggerWords(shown) : NOTHING}<//>
    </dl>
    <div class="notes">
      ${detail.left_at && html`<p class="note note-warn">Left the queue: people annotated it since (found ${formatSeconds(detail.left_at)} UTC).</p>`}
      ${!detail.left_at && !detail.waits && html`<p class="note note-warn">At stage ${shownName(detail.stage, 40)}: people have looked at it, so it is in no list and no count.</p>`}
      ${detail.waits && detail.models.length === 0 && html`<p class="note note-plain">Not triaged yet: run <code>smokewatch triage</code>.</p>`}
      ${detail.models.map(({ identity, model_version: version, drop, score: known }) => (drop
        ? html`<p key=${identity} class="note note-warn">${shownName(version, 40)}: ${reasonWords(drop.reason)}. ${drop.detail.slice(0, 1000)}</p>`
        : known === null && detail.waits && html`<p key=${identity} class="note note-plain">${shownName(version, 40)} did not score it yet: run <code>smokewatch triage</code>.</p>`))}
      <${Lanes} detail=${detail} at=${at} navigate=${navigate} />
    </div>
  </div>`;
}

/** @param {Detail} detail */
function missingWords({ frames }) {
  const missing = frames.filter(({ url }) => url === null).length;
  return missing === 0 ? "all stored" : `${missing} not to be had`;
}

/** The alert's other lanes, each one click away, and all of them as a filter of the table.
 * @param {{ detail: Detail, at: number, navigate: Navigate }} props */
function Lanes({ detail, at, navigate }) {
  if (detail.lanes.length < 2) return null;
  const alert = `${detail.source_api}:${detail.platform_alert_id}`;
  return html`<div class="lanes" role="group" aria-label="Lanes of this alert">
    <span class="muted">${plural(detail.lanes.length, "lane")} of one alert</span>
    ${detail.lanes.map(({ key, score, left_at: left, is_manual: manual, waits }) => {
      const bucket = score === null ? "none" : score >= at ? "review" : "unlabeled";
      const about = [!waits && (left ? "left the queue" : "annotated"), manual && "added by a person", score === null ? "not scored" : formatExact(score)].filter(Boolean).join(", ");
      return html`<button type="button" class="button lane" key=${key} aria-current=${key === detail.key ? "true" : undefined} title=${about} onClick=${() => navigate({ sequence: key })}>
        <span class=${`mark ${bucket}`}>${shownNumber(key)}</span><span class="muted">${waits ? formatScore(score) : left ? "left" : "done"}</span>
      </button>`;
    })}
    <button type="button" class="button quiet" onClick=${() => setFilter({ alert: [alert] })}>Show in the table</button>
  </div>`;
}

/** Whose answer is shown, where several models answered.
 * @param {{ detail: Detail, which: number | null, navigate: Navigate }} props */
function ModelSwitch({ detail, which, navigate }) {
  const answered = detail.models.map((model, at) => ({ ...model, at })).filter(({ window }) => window !== null);
  if (answered.length < 2) return null;
  const choices = answered.map(({ at, model_version: version, score }) => [String(at), html`${shownName(version, 24)} <span class="segment-score">${formatScore(score)}</span>`]);
  const choose = (/** @type {string} */ at) => navigate({ model: Number(at) });
  return html`<${Segments} name="Model shown" choices=${choices} chosen=${String(modelShown(detail, which))} choose=${choose} />`;
}

/** @param {any} shared */
function Models({ detail }) {
  const head = ["Model", "Score", "Device", "Time", "From"];
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Models"><table class="plain">
    <thead><tr>${head.map((name) => html`<th scope="col" key=${name}>${name}</th>`)}</tr></thead>
    <tbody>${detail.models.map(
      (/** @type {ModelWord} */ model) => html`<tr key=${model.identity}>
        <th scope="row">${shownName(model.model_version, 60)}</th>
        <td class="number" title=${formatExact(model.score)}>${model.drop ? reasonWords(model.drop.reason) : formatScore(model.score)}</td>
        <td>${model.device ?? NOTHING}</td><td class="number">${formatSpan(model.milliseconds)}</td>
        <td><span title=${`${model.identity_kind} ${model.identity}`}>${shownName(model.reference, 200)}</span></td>
      </tr>`,
    )}</tbody>
  </table></div>`;
}

/** @param {any} shared */
function FramesAndModels(shared) {
  return html`<${FramesTab} ...${shared} />${shared.detail.models.length > 0 && html`<section class="models-said"><h3 class="eyebrow">What each model says</h3><${Models} detail=${shared.detail} /></section>`}`;
}

/** @type {Made} */
const TRIAGE = {
  url: "/api/triage",
  tabs: [
    ["frames", "Frames"],
    ["tubes", "Tubes"],
    ["raw", "Raw JSON"],
  ],
  views: { frames: FramesAndModels, tubes: Tubes, raw: Raw },
  layers: ["tubes"],
  Head,
  Switch: ModelSwitch,
  windowOf: (detail, which) => detail.models[modelShown(detail, which)]?.window ?? null,
};

/** @param {{ sequence: string, tab: "frames" | "tubes" | "raw", model: number | null, frame: number | null, steps: import("../detail/types.js").Steps, asOf: string | null, navigate: Navigate }} props */
export function TriagePane({ model, ...props }) {
  return html`<${Pane} made=${TRIAGE} which=${model} ...${props} />`;
}
