/** What the server says of the state of everything, as the page reads it. Times are ISO text in UTC; null: not known.
 *
 * @typedef {"ok" | "warn" | "bad" | "unknown"} State
 *
 * @typedef {object} Light
 * @property {string} name
 * @property {string} label
 * @property {State} state
 * @property {string} text for people, one line
 * @property {number | null} value
 *
 * @typedef {object} Run that runs now
 * @property {string} id
 * @property {string} kind
 * @property {string} state
 * @property {string} started_at
 * @property {number} seconds since it started
 * @property {string | null} host
 * @property {string | null} phase
 * @property {number | null} total
 * @property {number | null} done
 * @property {number | null} failed
 * @property {number | null} cached
 * @property {number | null} rate a second, now
 * @property {number | null} rate_ema
 * @property {number | null} rate_baseline median of the last batches
 * @property {number | null} eta_seconds
 * @property {{ key: string, organization: string, camera: string } | null} current
 * @property {{ reference: string, api_version: string | null, identity: string | null, identity_kind: string | null } | null} release
 * @property {number[]} sparkline rate, oldest first
 * @property {string | null} last_error
 * @property {string | null} updated_at when it last told
 *
 * @typedef {object} Live
 * @property {Run[]} runs
 * @property {{ run_id: string, kind: string, at: string, text: string } | null} last_error of the last 24 hours
 * @property {Light[]} lights
 *
 * @typedef {{ explained: number, replayed: number, dropped?: number, rate: number | null }} Rate
 *
 * @typedef {object} HistoryRow one verdict
 * @property {number} id
 * @property {string} at
 * @property {string} kind
 * @property {string} run_id
 * @property {string} key of the sequence
 * @property {string} source
 * @property {{ id: number, name: string } | null} organization null: the sequence is not stored
 * @property {{ id: number, name: string } | null} camera
 * @property {string | null} api_version
 * @property {string | null} release_reference
 * @property {string | null} release_identity
 * @property {"exact" | "window" | "unexplained" | "dropped"} status
 * @property {string | null} drop_reason
 * @property {string} detail
 * @property {number | null} recorded_score
 * @property {number | null} replayed_score
 * @property {number | null} full_score
 * @property {number | null} difference
 * @property {number | null} matched_frames
 * @property {number | null} frames
 * @property {boolean} ambiguous
 * @property {number | null} milliseconds
 * @property {string | null} runtime
 *
 * @typedef {object} Latest
 * @property {(HistoryRow & { windows: number, trigger_frame_index: number | null, frame: { n: number } | null }) | null} latest
 * @property {object} match
 * @property {Record<string, Rate>} match.last
 * @property {({ source: string, id: number, name: string } & Rate)[]} match.by_organization
 * @property {({ api_version: string } & Rate)[]} match.by_release
 * @property {({ kind: string } & Rate)[]} match.by_kind
 * @property {number[]} match.sparkline 1: explained; oldest first
 * @property {Record<string, number | null>} queue
 *
 * @typedef {object} Quality
 * @property {{ baseline: string, scope: string, day: string, severity: string, alerts: boolean, trend: { day: string, severity: string }[], cameras: string[] } | null} drift
 * @property {{ replayed: number, kept: number, share: number | null }} kept
 * @property {{ threshold: number, to_review: number, to_unlabel: number, at: string } | null} triage
 * @property {{ verdict: string, compared: number } | null} golden of the newest qualification
 * @property {{ labelled: number, ece: number | null, days: { day: string, labelled: number, ece: number | null }[] }} calibration
 * @property {{ kind: string, run_id: string, at: string, state: string }[]} reports
 *
 * @typedef {{ value: string, name: string, cells: (Rate | null)[] }} HeatRow
 * @typedef {{ days: number, lengths: string[], organization: HeatRow[], release: HeatRow[] }} Heat
 *
 * @typedef {object} System
 * @property {{ cores: number, percent: number | null, load1: number | null } | null} cpu
 * @property {{ total: number, used: number, percent: number | null } | null} ram
 * @property {{ what: string, total: number | null, free: number | null, percent: number | null }[]} disk
 * @property {{ name: string, memory_total: number | null, memory_used: number | null, percent: number | null }[] | null} gpu
 * @property {{ state: State, text: string, containers: { name: string, image: string, state: string, run_id: string | null }[], images: { tag: string, size: number | null }[] } | null} docker
 * @property {{ state: State, text: string, kind: string } | null} object_store
 * @property {{ state: State, text: string, url: string | null, pools: { name: string, queued: number | null, running: number | null }[], workers: { pool: string, name: string, state: string, heartbeat_at: string | null }[] } | null} prefect
 */

export {};
