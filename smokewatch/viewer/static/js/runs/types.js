/** What the server says of runs. Times are ISO text in UTC; null: not known.
 *
 * @typedef {object} RunRow
 * @property {string} id
 * @property {string} kind
 * @property {string} state running, completed, failed, lost, …
 * @property {string} started_at
 * @property {string | null} finished_at
 * @property {number | null} seconds
 * @property {string | null} host
 * @property {Record<string, number>} counts the numbers of its summary
 *
 * @typedef {object} Runs
 * @property {string} asOf
 * @property {boolean} stale
 * @property {RunRow[]} rows
 * @property {string | null} cursor of the next page
 * @property {string[]} kinds
 * @property {string[]} states
 *
 * @typedef {object} Sample one batch of a release
 * @property {number} id
 * @property {string} run_id
 * @property {string | null} api_version
 * @property {string} release_reference
 * @property {number} concurrency
 * @property {number} sequences
 * @property {number} seconds
 * @property {number | null} sequences_per_second
 * @property {Record<string, number>} phases milliseconds, summed over threads
 * @property {number | null} ram_bytes
 *
 * @typedef {{ release_reference: string, concurrency: number, batches: number, sequences_per_second: number | null }} Compared
 * medians of all batches of a release at one concurrency
 *
 * @typedef {object} OneRun
 * @property {RunRow & { parameters: Record<string, unknown> | null, summary: Record<string, unknown> | null, pid?: number | null }} run
 * @property {(Partial<import("../overview/types.js").Run> & Pick<import("../overview/types.js").Run, "phase" | "total" | "done">) | null} progress
 * what it told last; rates only while it runs
 * @property {{ reference: string, identity: string | null, identity_kind: string | null, api_version: string | null, sequences: number }[]} releases
 * @property {Record<string, number>} verdicts
 * @property {Sample[]} throughput
 * @property {Compared[]} compared
 * @property {{ state: import("../overview/types.js").State, text: string, url: string | null,
 *   steps: { name: string, state: string, started_at: string | null, seconds: number | null }[],
 *   log: { at: string, level: string, text: string }[],
 *   artifacts: { key: string, type: string, description: string | null, url: string | null }[] }} prefect
 */

export {};
