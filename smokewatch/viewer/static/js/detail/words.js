// What a sequence's verdict means, in sentences. Pure: no DOM.

import { formatDifference, formatExact, formatScore, plural, words } from "../format.js";
import { positionOf } from "../geometry.js";

/** @import { Detail, Verdict, Which, Window } from "./types.js" */

/** Largest difference between equal scores (domain/verdicts.py, TOLERANCE). */
export const TOLERANCE = 1e-5;
/** Production's own rule: strictly above it is kept, where no package tells its threshold. */
export const PRODUCTION_THRESHOLD = 0.45;

/**
 * @param {Detail} detail
 * @returns {boolean} whether the full window is another one than the matched (or nearest) one
 */
export function windowsDiffer({ windows: { matched, full } }) {
  return matched !== null && full !== null && matched.request_sha256 !== full.request_sha256;
}

/**
 * The window to show: the asked one, the other where that is not there.
 * @param {Detail} detail
 * @param {Which} which
 * @returns {Window | null}
 */
export function windowShown({ windows }, which) {
  return windows[which] ?? windows.matched ?? windows.full;
}

/** @param {Verdict | null} verdict @returns {string} what `windows.matched` is: "matched" or "nearest" */
export function matchedWord(verdict) {
  return verdict?.match === "unexplained" ? "nearest" : "matched";
}

/**
 * The scored window in words.
 * @param {Detail} detail
 * @returns {string | null}
 */
export function scoredWindow({ verdict, frames }) {
  const total = plural(frames.length, "frame");
  if (verdict?.match === "exact") return `all ${total}`;
  if (verdict?.match === "window" && verdict.matched_frames !== null)
    return `first ${verdict.matched_frames} of ${total}`;
  if (verdict?.match === "unexplained") {
    const nearest = verdict.windows.find((probe) => probe.request_sha256 === verdict.request_sha256);
    return nearest ? `nearest: ${nearest.seen_frames} of ${total}` : "no window gives it";
  }
  return null;
}

/**
 * What casts doubt on a match, one sentence each.
 * @param {Verdict} verdict
 * @returns {string[]}
 */
export function doubts({ ambiguous, ties }) {
  const said = [];
  if (ambiguous) {
    const because = "the windows cannot be told apart by their scores";
    said.push(`Ambiguous: ${because}, so the match says little about what production saw.`);
  }
  if (ties.length) {
    const tied = `the windows at ${listed(ties.map(String))} frames`;
    said.push(`Tied: ${tied} give the recorded score too; the first tried is shown.`);
  }
  return said;
}

/**
 * Where another release may have decided: recorded against replayed versions, or null where they agree.
 * @param {Detail} detail
 * @returns {string | null}
 */
export function versionHint({ recorded, verdict }) {
  if (!verdict || verdict.match === "exact" || verdict.match === "window") return null;
  const differences = [
    differing("model", recorded.model_version, verdict.model_version),
    differing("api", recorded.api_version, verdict.api_version),
  ].filter((one) => one !== null);
  if (differences.length) return `Production recorded another release: ${differences.join(", ")}.`;
  if (verdict.match !== "unexplained") return null;
  const versions = `Model ${recorded.model_version ?? "?"} and api ${recorded.api_version ?? "?"}`;
  return `${versions} are the recorded ones: other frames, or a moved release, decided.`;
}

/**
 * @param {string} name
 * @param {string | null} recorded
 * @param {string | null} replayed
 */
function differing(name, recorded, replayed) {
  if (recorded === null || replayed === null || recorded === replayed) return null;
  return `${name} ${recorded}, replayed with ${replayed}`;
}

/**
 * How a score was decided: "0.8626 ≥ 0.35".
 * @param {number | null} score
 * @param {number | null} packaged null: production's own threshold holds, strictly above
 */
export function comparison(score, packaged) {
  if (score === null) return "not scored";
  const shown = formatScore(score);
  if (packaged !== null) return `${shown} ${score >= packaged ? "≥" : "<"} ${formatExact(packaged)}`;
  return `${shown} ${score > PRODUCTION_THRESHOLD ? ">" : "≤"} ${PRODUCTION_THRESHOLD}`;
}

/**
 * A difference against the tolerance: "1.2e-7 ≤ 1e-5".
 * @param {number | null} difference
 */
export function againstTolerance(difference) {
  if (difference === null) return null;
  return `${formatDifference(difference)} ${difference <= TOLERANCE ? "≤" : ">"} 1e-5`;
}

/**
 * How many tubes a window has.
 * @param {Window} window
 */
export function tubesWords({ details: { decision, tubes } }) {
  // An answer without details names no rule: it says nothing of tubes.
  if (decision.aggregation === null) return "tubes: the release's answer does not tell";
  const outside = tubes.num_outside_roi ? `, ${tubes.num_outside_roi} outside the ROI` : "";
  return `${plural(tubes.kept.length, "tube")} kept of ${plural(tubes.num_candidates, "candidate")}${outside}`;
}

/**
 * A slot of the padded window as a frame of the sequence.
 * @param {number | null} slot
 * @param {Window} window
 * @returns {number | null} the frame's `n`; null: none, or a padded copy
 */
export function frameOfSlot(slot, window) {
  if (slot === null) return null;
  const position = positionOf(slot, window.details.preprocessing.padded_frame_indices);
  return position === null ? null : (window.frames[position] ?? null);
}

/**
 * The trigger frame in words.
 * @param {Window} window
 */
export function triggerWords(window) {
  const slot = window.trigger_frame_index;
  if (slot === null) {
    const searched = window.trigger_image !== null || window.answer.includes('"trigger_frame_index"');
    return searched ? "none" : "not told";
  }
  const frame = frameOfSlot(slot, window);
  return frame === null ? `a padded copy (slot ${slot})` : `frame ${frame + 1}`;
}

/**
 * What a release could reach while it scored.
 * @param {string | null} isolation
 */
export function isolationWords(isolation) {
  /** @type {Record<string, string>} */
  const known = {
    engine_host_only: "An internal network: nothing could be reached but the engine's own host.",
    engine_host_and_flow:
        "An internal network: nothing could be reached but the engine's own host, and the container of the replay itself.",
    no_masquerade: "A bridge without address translation: the Internet does not answer, local networks may.",
    none: "A process of its host: whatever that host can reach could be reached.",
  };
  return isolation === null ? null : (known[isolation] ?? words(isolation));
}

/** @param {readonly string[]} items @returns {string} "4, 5 and 6" */
export function listed(items) {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
}

/**
 * JSON on indented lines with every token as it is written: 1e-05 stays 1e-05.
 * @param {string} text JSON
 */
export function indented(text) {
  /** @type {string[]} */
  const out = [];
  let depth = 0;
  let before = "";
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s"[\]{}:,]+/gs)) {
    const closes = token === "}" || token === "]";
    if (closes) depth -= 1;
    const opened = before === "{" || before === "[";
    if (closes ? !opened : opened || before === ",") out.push("\n", "  ".repeat(Math.max(0, depth)));
    out.push(token === ":" ? ": " : token);
    if (token === "{" || token === "[") depth += 1;
    before = token;
  }
  return out.join("");
}
