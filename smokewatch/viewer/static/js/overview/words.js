/** What the control room says, of what the server tells. Pure: no DOM, no clock. */
import { formatClock, formatCount, NOTHING, words } from "../format.js";

/** @typedef {import("./types.js").Light} Light */
/** @typedef {import("./types.js").Live} Live */
/** @typedef {import("./types.js").State} State */

/** @type {Record<State, string>} classes of a mark */
export const TONES = { ok: "right", warn: "warn", bad: "wrong", unknown: "unknown" };
/** @type {Record<State, string>} */
export const STATE_WORDS = { ok: "fine", warn: "watch", bad: "wrong", unknown: "not known" };

/** Causes before what they cause: without a disk nothing is stored, without an engine nothing is replayed. */
const CAUSES = ["disk", "object_store", "prefect", "docker", "freshness", "throughput", "match", "drift"];

/** What to do about a light, and where to look.
 * @type {Record<string, { text: string, command?: string, href?: string, link?: string }>} */
const ADVICE = {
  match: { text: "Look at what no window explains: changed frames, a moved release or a defect.", href: "/history?status=unexplained&status=dropped", link: "Unexplained and dropped" },
  throughput: { text: "Compare with earlier runs: fewer replicas, a busy machine, a slower release.", href: "/runs?kind=replay", link: "Replay runs" },
  disk: { text: "Free space, or move the frames; what ended runs left is removed by", command: "smokewatch housekeeping" },
  docker: { text: "Replays wait for the engine: start it, or set SMOKEWATCH_RUNTIME=process." },
  object_store: { text: "Frames cannot be read or kept: look at SMOKEWATCH_FRAMES and its credentials." },
  prefect: { text: "Schedules do not run: start Prefect's server and a worker.", href: "/runs", link: "Last runs" },
  freshness: { text: "Nothing new came in. Import by hand, and see why the schedule did not:", command: "smokewatch import" },
  drift: { text: "Look at what the report names before trusting its scores: a lens, a camera that moved, a release.", href: "/drift", link: "Drift" },
};

/** @param {Light[]} lights
 * @param {State} state
 * @returns {Light[]} those, causes first */
function inState(lights, state) {
  const rank = (/** @type {Light} */ { name }) => (CAUSES.includes(name) ? CAUSES.indexOf(name) : CAUSES.length);
  return lights.filter((each) => each.state === state).sort((a, b) => rank(a) - rank(b));
}

/** @typedef {{ state: State, title: string, text: string, advice: typeof ADVICE[string] | null, also: string }} Verdict */

/** Is all well, and if not, what first?
 * @param {Live} live
 * @param {{ kind: string, at: string, state: string }[]} [reports] the newest run of each kind that ended
 * @returns {Verdict} */
export function verdictOf({ lights, last_error: newest }, reports = []) {
  // What the same kind of run did well since then is not what to look at first.
  const over = reports.some(({ kind, at, state }) => newest !== null && kind === newest.kind && state === "completed" && Date.parse(at) > Date.parse(newest.at));
  const failed = over ? null : newest;
  const [bad, warn, unknown] = [inState(lights, "bad"), inState(lights, "warn"), inState(lights, "unknown")];
  const [first, ...others] = [...bad, ...warn];
  const rest = others.map(({ label }) => label.toLowerCase()).join(", ");
  const missing = unknown.map(({ label }) => label).join(", ");
  const silent = missing === "" ? "" : `Not known: ${missing}.`;
  if (first !== undefined) {
    const also = [rest === "" ? "" : `Then: ${rest}.`, failed === null ? "" : failedWords(failed), silent].filter(Boolean).join(" ");
    return { state: first.state, title: `${first.state === "bad" ? "First" : "Watch"}: ${first.label.toLowerCase()}`, text: first.text, advice: ADVICE[first.name] ?? null, also };
  }
  if (failed !== null) {
    const advice = { text: "See what it says.", href: `/runs/${encodeURIComponent(failed.run_id)}`, link: "The run" };
    return { state: "warn", title: `Watch: ${words(failed.kind)} failed`, text: `${formatClock(failed.at)} UTC: ${failed.text}`, advice, also: silent };
  }
  if (lights.every(({ state }) => state === "unknown")) return { state: "unknown", title: "Nothing is known yet", text: "", advice: null, also: "" };
  return { state: "ok", title: "All is well", text: "", advice: null, also: silent };
}

/** @param {NonNullable<Live["last_error"]>} failed */
const failedWords = (failed) => `Failed: ${words(failed.kind)}, ${formatClock(failed.at)} UTC.`;

/** How much of what was replayed is explained, as a tone: at 80 % and 60 %.
 * @param {number | null | undefined} rate
 * @returns {"good" | "fair" | "poor" | "none"} */
export function rateTone(rate) {
  if (rate === null || rate === undefined) return "none";
  return rate >= 0.8 ? "good" : rate >= 0.6 ? "fair" : "poor";
}

/** A tone's sign: shape, not colour, tells them apart. */
export const RATE_SIGNS = { good: "", fair: "▽", poor: "▼", none: "" };
/** @type {Record<State, string>} a state's class as a rate's */
export const STATE_TONES = { ok: "good", warn: "fair", bad: "poor", unknown: "none" };

/** A rate in whole percent, cut and not rounded: what is below 80 % is never written as 80 %.
 * @param {number | null | undefined} rate
 * @returns {string} */
export const percent = (rate) => (rate === null || rate === undefined ? NOTHING : `${Math.floor(rate * 100 + 1e-9)}\u00a0%`);

/** @param {number | null | undefined} value a second
 * @returns {string} "1.8 /s", "40 /min" where it is slow */
export function rateWords(value) {
  if (value === null || value === undefined) return NOTHING;
  if (value === 0 || value >= 0.95) return `${value.toFixed(1)} /s`;
  return `${(value * 60).toFixed(value * 60 < 10 ? 1 : 0)} /min`;
}

/** A span as one plans by: "28 s", "4 min", "1 h 20 min", "3 d".
 * @param {number | null | undefined} seconds
 * @returns {string} */
export function spanWords(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NOTHING;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.round(minutes / 1440)} d`;
}

/** A reference and the first of its identity: "temporal-model-api:0.3.1@5f2c1e".
 * @param {{ reference: string | null, identity: string | null }} release
 * @returns {string} */
export function imageWords({ reference, identity }) {
  const name = (reference ?? NOTHING).slice((reference ?? "").lastIndexOf("/") + 1);
  return identity === null ? name : `${name}@${identity.replace(/^sha256:/, "").slice(0, 8)}`;
}

/** A line through values, from the left edge to the right one.
 * @param {number[]} values oldest first
 * @param {number} width
 * @param {number} height
 * @returns {string} an SVG path, "" below two values */
export function sparkPath(values, width, height) {
  if (values.length < 2) return "";
  const most = Math.max(...values, 1e-9);
  const x = (/** @type {number} */ at) => ((at * width) / (values.length - 1)).toFixed(1);
  return `M${values.map((value, at) => `${x(at)} ${(height - 1 - ((height - 2) * value) / most).toFixed(1)}`).join("L")}`;
}

/** @param {import("./types.js").Rate} rate
 * @returns {string} "19 of 20 explained" */
export const explainedWords = ({ explained, replayed }) => `${formatCount(explained)} of ${formatCount(replayed)} explained`;

/** Bytes, also of disks: "812 B", "48 KB", "3.5 GB", "1.2 TB".
 * @param {number | null | undefined} bytes
 * @returns {string} */
export function sizeWords(bytes) {
  if (bytes === null || bytes === undefined) return NOTHING;
  const units = ["B", "KB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
