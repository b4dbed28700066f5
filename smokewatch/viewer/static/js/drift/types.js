/** What the server says of drift, as the page holds it. Codes: a severity's is its rank, a metric's its place; -1: none.
 *
 * @typedef {{ kind: string, label: string, camera: string, detail: string }} Quality a data-quality alarm
 *
 * @typedef {object} Days a list a column, a place a day, ascending
 * @property {string[]} day UTC
 * @property {number[]} severity calibrated; -1: not checked
 * @property {number[]} strict
 * @property {boolean[]} alerts
 * @property {boolean[]} provisional
 * @property {boolean[]} retraining
 * @property {(number | null)[]} frames
 * @property {(number | null)[]} sequences
 * @property {(number | null)[]} baseline_version
 * @property {boolean[]} in_baseline
 * @property {Quality[][]} quality
 * @property {number[][]} releases
 * @property {boolean[]} release_change
 *
 * @typedef {object} Line a metric by day, on [0, 1]
 * @property {number} metric
 * @property {(number | null)[]} expected
 * @property {(number | null)[]} value
 * @property {(number | null)[]} low of the band that holds 95 % of drift-free days
 * @property {(number | null)[]} high
 * @property {number[]} severity
 * @property {(number | null)[]} baseline of a day of the baseline: its difference from what is expected
 * @property {(number | null)[]} average EWMA, in standard deviations of a drift-free day
 * @property {string | null} average_since
 *
 * @typedef {{ severity: number[], metric: number[], effect: (number | null)[] }} Cells a camera's worst finding by day
 * @typedef {{ name: string, source: string | null, organization_id: number | null, id: number | null }} Camera
 * @typedef {{ name: string, detector: string, threshold: number, shift: (number | null)[], exceeds: boolean[] }} Threshold
 * @typedef {{ version: number, origin: string, days: number, first_day: string, last_day: string }} Version
 * @typedef {{ baseline: string, scope: string, checks: number, newest_day: string | null, version: Version | null }} Watched
 * @typedef {{ name: string, label: string, meaning: string, fixed: number, one_sided: boolean }} Metric
 *
 * @typedef {object} Period
 * @property {string} asOf
 * @property {boolean} stale
 * @property {Metric[]} metrics
 * @property {{ name: string, label: string }[]} severities by rank
 * @property {number} average_limit
 * @property {Watched[]} watched every baseline that can be chosen
 * @property {string | null} baseline
 * @property {string | null} scope
 * @property {string | null} camera whose lines they are; null: the fleet's
 * @property {string | null} first_day
 * @property {string | null} last_day
 * @property {string | null} newest_day
 * @property {{ source: string, id: number, name: string, cameras: number }[]} organizations
 * @property {{ api_version: string, days: number }[]} release_days
 * @property {{ api_version: string, model_version: string }[]} releases
 * @property {Camera[]} cameras
 * @property {Cells[]} cells by camera
 * @property {Line[]} lines
 * @property {Days} days
 * @property {Threshold[]} strict
 *
 * @typedef {object} Finding
 * @property {string} severity
 * @property {string} metric
 * @property {string | null} camera null: the fleet
 * @property {string | null} channel
 * @property {string} reason
 * @property {number} n
 * @property {number} days
 * @property {number | null} baseline
 * @property {number | null} current
 * @property {number | null} effect
 * @property {number | null} low
 * @property {number | null} high
 * @property {number | null} p
 * @property {number | null} q
 *
 * @typedef {{ name: string, detector: string, baseline: number | null, current: number | null, shift: number | null, threshold: number, exceeds: boolean }} Result
 *
 * @typedef {object} Day
 * @property {string} day
 * @property {{ severity: string, headline: string, actions: string[], since: string | null, cameras: string[], alerts: boolean, provisional: boolean, retraining: { metric: string, camera: string | null }[] }} verdict
 * @property {{ frames: number, sequences: number, left_out: number, decoder: string | null, model_versions: string[] }} data
 * @property {{ name: string, version: number, first_day: string, last_day: string, days: number }} baseline
 * @property {Quality[]} quality
 * @property {Finding[]} findings the worst first
 * @property {{ severity: string, results: Result[] }} strict
 */

export {};
