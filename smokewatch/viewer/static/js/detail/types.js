// The shapes of `GET /api/sequences/{key}`: types only, no page loads this file. Times are ISO text in UTC, scores
// float64, boxes of detections (x1, y1, x2, y2, confidence) normalized to the frame.

/**
 * @typedef {object} Frame
 * @property {number} n its place among the sequence's frames
 * @property {string} bucket_key
 * @property {number[]} detection_ids
 * @property {string} created_at
 * @property {string | null} sha256 null: the bytes could not be had
 * @property {number | null} size bytes
 * @property {string | null} flag what is odd about the bytes
 * @property {number | null} width px
 * @property {number | null} height px
 * @property {string | null} undecodable why it cannot be decoded
 * @property {boolean} current false: known only from earlier inputs, on which the verdict was decided
 * @property {number[][]} boxes
 * @property {string | null} url null: the bytes are not in the store
 */
/**
 * @typedef {object} Details
 * @property {{num_frames_input: number, num_truncated: number, padded_frame_indices: number[]}} preprocessing
 * @property {{num_candidates: number, num_outside_roi: number, kept: import("../geometry.js").Tube[]}} tubes
 * @property {import("../geometry.js").Decision} decision
 */
/**
 * One scored window.
 * @typedef {object} Window
 * @property {number[]} frames `n` of each, in request order; -1: not known any more
 * @property {number[] | null} roi_xyxyn
 * @property {string} request_sha256
 * @property {number | null} probability
 * @property {boolean} is_smoke
 * @property {number | null} trigger_frame_index slot of the padded window
 * @property {string | null} trigger_image whose trigger fields these are; null: the release's own
 * @property {number | null} milliseconds
 * @property {string | null} model_version
 * @property {Details} details
 * @property {string | null} request exact body; null: frames were given, nothing was sent
 * @property {string} answer exact answer
 */
/**
 * @typedef {object} Probe
 * @property {number} seen_frames
 * @property {number} seen_rows
 * @property {string} request_sha256
 * @property {boolean} computed
 * @property {number | null} score
 * @property {boolean} matches
 */
/**
 * @typedef {object} Verdict
 * @property {"exact" | "window" | "unexplained" | "dropped"} match
 * @property {string | null} drop_reason
 * @property {string} detail
 * @property {string} decided_at
 * @property {string} run_id
 * @property {number | null} recorded_score
 * @property {number | null} replayed_score
 * @property {number | null} full_score
 * @property {number | null} difference
 * @property {number | null} matched_frames
 * @property {Probe[]} windows in the order of probing
 * @property {number[]} ties frames seen by other windows that give the recorded score too
 * @property {boolean} ambiguous
 * @property {string | null} request_sha256
 * @property {string | null} release_reference
 * @property {string | null} release_identity
 * @property {string | null} identity_kind
 * @property {string | null} model_version
 * @property {string | null} api_version
 * @property {string | null} runtime
 * @property {string | null} isolation
 * @property {number | null} milliseconds
 * @property {boolean} current false: decided on an earlier revision or outcome
 */
/**
 * @typedef {object} Outcome
 * @property {string} observed_at
 * @property {string | null} is_wildfire
 * @property {number | null} score
 * @property {string | null} model_version
 * @property {string | null} api_version
 * @property {boolean | null} is_validated
 * @property {number | null} max_conf
 * @property {string} last_seen_at
 */
/** @typedef {Pick<Verdict, "drop_reason" | "detail" | "replayed_score" | "release_reference" | "run_id">} Decided */
/** @typedef {Decided & {decided_at: string, match: string}} PastVerdict */
/**
 * @typedef {object} Camera
 * @property {number} id
 * @property {string} name
 * @property {number | null} lat degrees
 * @property {number | null} lon degrees
 * @property {number | null} angle_of_view degrees
 * @property {boolean | null} is_trustable
 */
/**
 * @typedef {object} Detail
 * @property {string} as_of when it was read
 * @property {string} key
 * @property {string} source
 * @property {number} id
 * @property {{id: number, name: string}} organization
 * @property {Camera} camera
 * @property {string} started_at
 * @property {string | null} last_seen_at
 * @property {string} imported_at
 * @property {string | null} deleted_at
 * @property {number | null} pose_id
 * @property {number | null} camera_azimuth
 * @property {number | null} sequence_azimuth
 * @property {number | null} cone_angle
 * @property {"smoke" | "fp" | "unknown"} label
 * @property {string | null} label_detail
 * @property {string[]} contradicts
 * @property {Pick<Outcome, "score" | "model_version" | "api_version" | "is_validated" | "max_conf">} recorded
 * @property {"keep" | "discard" | "none"} decision
 * @property {number | null} package_threshold
 * @property {{id: number, started_at: string}[]} alerts
 * @property {Frame[]} frames
 * @property {Verdict | null} verdict
 * @property {{matched: Window | null, full: Window | null}} windows
 * @property {Outcome[]} outcomes
 * @property {PastVerdict[]} verdicts
 */
/** @typedef {"matched" | "full"} Which */
/** @typedef {"frames" | "tubes" | "replay" | "provenance" | "raw"} Tab */
/** @typedef {{before: (() => void) | null, after: (() => void) | null}} Steps to the table's line before, after; null:
 * there is none */
/** @typedef {(changes: import("../replay/route.js").Changes, options?: {replace?: boolean}) => void} Navigate */

export {};
