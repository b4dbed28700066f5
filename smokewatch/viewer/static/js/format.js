/** How values are written on the page. Pure: no DOM, no clock. Times are UTC, scores are never rounded up to a side
 * of the threshold they are not on: what is shown is short, the full number is one hover away (`formatExact`). */

/** What is written where a value is not known. */
export const NOTHING = "–";

/** A score with four decimals, cut and not rounded: 0.34999 stays below 0.35 to the eye too.
 * @param {number | null | undefined} score a probability; null or NaN: not known
 * @returns {string} "0.4512" */
export function formatScore(score) {
  if (score === null || score === undefined || Number.isNaN(score)) return NOTHING;
  if (Math.abs(score) > 1e15) return String(score);
  const text = score.toFixed(4);
  const cut = Math.abs(Number(text)) > Math.abs(score) ? Math.abs(score) - 5e-5 : Math.abs(score);
  return (score < 0 ? "-" : "") + Math.max(cut, 0).toFixed(4);
}

/** A float64 in its shortest text that reads back the same.
 * @param {number | null | undefined} value
 * @returns {string} */
export function formatExact(value) {
  return value === null || value === undefined || Number.isNaN(value) ? NOTHING : String(value);
}

/** A difference between scores: "0", "1.2e-7", "0.0312".
 * @param {number | null | undefined} difference
 * @returns {string} */
export function formatDifference(difference) {
  if (difference === null || difference === undefined || Number.isNaN(difference)) return NOTHING;
  if (difference === 0) return "0";
  return Math.abs(difference) < 1e-3 ? difference.toExponential(1) : difference.toFixed(4);
}

/** A threshold: "0.35"; in full where it is not a step of the slider, as a package's can be.
 * @param {number} threshold
 * @returns {string} */
export function formatThreshold(threshold) {
  return Number(threshold.toFixed(2)) === threshold ? threshold.toFixed(2) : String(threshold);
}

/** A count with thin spaces between thousands: "21 489".
 * @param {number} count
 * @returns {string} */
export function formatCount(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

/** A share: "12.3 %", "–" of nothing. Never "100 %" or "0 %" where it is not all or none.
 * @param {number} part
 * @param {number} whole
 * @returns {string} */
export function formatShare(part, whole) {
  if (whole === 0) return NOTHING;
  if (part === whole) return "100\u00a0%";
  if (part === 0) return "0\u00a0%";
  return `${Math.min(99.9, Math.max(0.1, (100 * part) / whole)).toFixed(1)}\u00a0%`;
}

/** One of something, or several: plural(2, "frame") is "2 frames".
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 * @returns {string} */
export function plural(count, one, many = `${one}s`) {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** @param {number | string | null | undefined} time epoch milliseconds or ISO text
 * @returns {string | null} ISO text in UTC, null where it is no time */
function iso(time) {
  if (time === null || time === undefined) return null;
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** A UTC time to the minute: "2026-01-02 10:20".
 * @param {number | string | null | undefined} time epoch milliseconds or ISO text
 * @returns {string} */
export function formatTime(time) {
  return iso(time)?.slice(0, 16).replace("T", " ") ?? NOTHING;
}

/** A UTC time to the second: "2026-01-02 10:20:30".
 * @param {number | string | null | undefined} time
 * @returns {string} */
export function formatSeconds(time) {
  return iso(time)?.slice(0, 19).replace("T", " ") ?? NOTHING;
}

/** Only the clock of a UTC time: "10:20:30".
 * @param {number | string | null | undefined} time
 * @returns {string} */
export function formatClock(time) {
  return iso(time)?.slice(11, 19) ?? NOTHING;
}

/** A UTC day: "2026-01-02".
 * @param {number | string | null | undefined} time
 * @returns {string} */
export function formatDay(time) {
  return iso(time)?.slice(0, 10) ?? NOTHING;
}

/** A span of time in one unit: "42 ms", "3.1 s", "4 min", "2 h", "5 d".
 * @param {number | null | undefined} milliseconds
 * @returns {string} */
export function formatSpan(milliseconds) {
  if (milliseconds === null || milliseconds === undefined || Number.isNaN(milliseconds)) return NOTHING;
  const seconds = milliseconds / 1000;
  if (seconds < 1) return `${Math.round(milliseconds)} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

/** Bytes: "812 B", "48 KB", "1.2 MB".
 * @param {number | null | undefined} bytes
 * @returns {string} */
export function formatBytes(bytes) {
  if (bytes === null || bytes === undefined) return NOTHING;
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The first characters of a digest.
 * @param {string | null | undefined} digest
 * @returns {string} */
export function shortDigest(digest) {
  return digest ? digest.replace(/^sha256:/, "").slice(0, 12) : NOTHING;
}

const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** A name from outside as it may be shown: one line, no invisible or direction-changing characters, not endless.
 * @param {string | null | undefined} name
 * @param {number} [limit] most characters
 * @returns {string} */
export function shownName(name, limit = 120) {
  const clean = (name ?? "").slice(0, limit * 4).replace(UNSEEN, " ").trim();
  if (clean === "") return NOTHING;
  const characters = Array.from(clean);
  return characters.length > limit ? `${characters.slice(0, limit).join("")}…` : clean;
}

/** A sequence's key: `<source>_<id>`.
 * @param {string} source
 * @param {number} id
 * @returns {string} */
export function keyOf(source, id) {
  return `${source}_${id}`;
}

/** The number of a sequence in its source, as people say it: "#1234".
 * @param {string} key
 * @returns {string} */
export function shownNumber(key) {
  return `#${key.slice(key.lastIndexOf("_") + 1)}`;
}

/** The words of what the API encodes. A word is always written out; colour and shape only repeat it. */
export const WORDS = {
  /** @type {Record<string, string>} */
  decision: { keep: "keep", discard: "discard", none: "no verdict" },
  /** @type {Record<string, string>} */
  match: {
    exact: "exact",
    window: "window",
    unexplained: "unexplained",
    dropped: "dropped",
    not_replayed: "not replayed",
  },
  /** @type {Record<string, string>} */
  label: { smoke: "smoke", fp: "false positive", unknown: "unlabelled" },
  /** @type {Record<string, string>} */
  labelDetail: { wildfire_smoke: "wildfire smoke", other_smoke: "other smoke", other: "no smoke" },
  /** @type {Record<string, string>} */
  outcome: {
    "smoke-kept": "smoke kept",
    "smoke-discarded": "missed smoke",
    "fp-kept": "false alarm",
    "fp-discarded": "fp filtered",
    contradictory: "contradictory",
    none: NOTHING,
  },
};

/** A drop reason as words: "no_recorded_score" is "no recorded score".
 * @param {string} name
 * @returns {string} */
export function words(name) {
  return name.replaceAll("_", " ");
}
