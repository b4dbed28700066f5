/** What the server says of alerts, as the page holds it.
 *
 * @typedef {object} Sequence judged by the gate
 * @property {string} key
 * @property {{ id: number, name: string }} organization
 * @property {{ id: number, name: string }} camera
 * @property {string} started_at ISO, UTC
 * @property {number | null} azimuth degrees
 * @property {number | null} score
 * @property {"smoke" | "fp" | "unknown"} label
 * @property {string | null} label_detail
 * @property {number | null} max_conf
 * @property {string | null} fwi_class
 * @property {number | null} threshold the least max_conf that its class asks for
 * @property {boolean} passes
 * @property {number[]} alerts ids of the alerts that it is in
 *
 * @typedef {object} Alert
 * @property {string} key
 * @property {number} id
 * @property {{ id: number, name: string }} organization
 * @property {string} started_at
 * @property {number} left_out how many of its sequences are held back
 * @property {Sequence[]} sequences that pass
 *
 * @typedef {object} Counts
 * @property {number} alerts_shown
 * @property {number} alerts_held alerts that keep no sequence
 * @property {number} shown sequences
 * @property {number} held
 * @property {number} held_smoke
 * @property {number} held_false
 * @property {number} held_in_alerts
 * @property {number} held_unlabeled
 * @property {number | null} smoke_share of the labelled ones
 *
 * @typedef {object} Cost
 * @property {string | null} start
 * @property {string | null} end
 * @property {Record<string, number | null>} gate class -> the least max_conf
 * @property {Counts} total
 * @property {Record<string, Counts>} by_class
 * @property {(Counts & { source: string, id: number, name: string })[]} by_organization
 * @property {{ source: string, id: number, name: string }[]} organizations
 * @property {string | null} newest_day
 *
 * @typedef {Alert | Sequence} Item
 *
 * @typedef {object} Held
 * @property {string} asOf
 * @property {boolean} stale
 * @property {"shown" | "held"} side whose items they are
 * @property {Cost} period of all organizations and classes
 * @property {Cost} cost of those that are chosen
 * @property {Item[]} items read so far
 * @property {string | null} cursor of the next page
 * @property {{ alerts: number, sequences: number, alerts_without_sequences: number } | null} leftOut of the shown side
 */

export {};
