// The Provenance tab: everything that pins the decision down, and how it came to be known.

import { html } from "../html.js";
import { NOTHING, WORDS, formatBytes, formatExact, formatSeconds, formatSpan, shortDigest, words } from "../format.js";
import { Copy } from "./copying.js";
import { isolationWords } from "./words.js";

/** @import { Shared } from "./frames.js" */
/** @import { Detail } from "./types.js" */

/** @param {Shared} props */
export function Provenance({ detail, shown }) {
  const { verdict, recorded, camera, organization } = detail;
  return html`<div class="provenance">
    <${Pairs} name="Release"
      pairs=${[
        ["Image", text(verdict?.release_reference), verdict?.release_reference],
        ["Identity", text(verdict?.release_identity), verdict?.release_identity],
        ["Kind", verdict?.identity_kind ? words(verdict.identity_kind) : NOTHING],
        ["Model", versions(recorded.model_version, verdict?.model_version)],
        ["API", versions(recorded.api_version, verdict?.api_version)],
        ["Runtime", text(verdict?.runtime)],
        ["Isolation", isolationWords(verdict?.isolation ?? null) ?? NOTHING],
        ["Took", formatSpan(verdict?.milliseconds)],
        ["Trigger fields", shown ? (shown.trigger_image ?? "the release's own") : NOTHING, shown?.trigger_image],
      ]}
    />
    <${Pairs} name="Verdict"
      pairs=${[
        ["Decided", time(verdict?.decided_at)],
        ["Run", text(verdict?.run_id), verdict?.run_id],
        ["Request", text(verdict?.request_sha256), verdict?.request_sha256],
        ["Recorded score", formatExact(recorded.score), recorded.score?.toString()],
        ["Replayed score", formatExact(verdict?.replayed_score), verdict?.replayed_score?.toString()],
        ["Full window's", formatExact(verdict?.full_score)],
        ["Difference", formatExact(verdict?.difference)],
      ]}
    />
    <${Pairs} name="Sequence"
      pairs=${[
        ["Key", detail.key, detail.key],
        ["Organization", `${organization.name} (${organization.id})`],
        ["Camera", `${camera.name} (${camera.id})`],
        ["Position", camera.lat === null || camera.lon === null ? NOTHING : `${camera.lat}, ${camera.lon}`],
        ["Field of view", degrees(camera.angle_of_view)],
        ["Trustable", camera.is_trustable === null ? NOTHING : camera.is_trustable ? "yes" : "no"],
        ["Pose", text(detail.pose_id)],
        ["Camera azimuth", degrees(detail.camera_azimuth)],
        ["Sequence azimuth", degrees(detail.sequence_azimuth)],
        ["Cone", degrees(detail.cone_angle)],
        ["Started", time(detail.started_at)],
        ["Last seen", time(detail.last_seen_at)],
        ["Imported", time(detail.imported_at)],
        ["Deleted", time(detail.deleted_at)],
        ["Validated", recorded.is_validated === null ? NOTHING : recorded.is_validated ? "yes" : "no"],
        ["Top confidence", formatExact(recorded.max_conf)],
      ]}
    />
    <${Listing} name="Frames" head=${["#", "Created, UTC", "Key", "SHA-256", "Size", "Remarks"]}
      rows=${detail.frames.map(frameRow)}
    />
    <${Listing} name="Outcomes over time" head=${["Observed, UTC", "Label", "Score", "Model", "API", "Validated"]}
      rows=${detail.outcomes.map((outcome) => [
        formatSeconds(outcome.observed_at),
        outcome.is_wildfire === null ? "unlabelled" : (WORDS.labelDetail[outcome.is_wildfire] ?? outcome.is_wildfire),
        formatExact(outcome.score),
        text(outcome.model_version),
        text(outcome.api_version),
        outcome.is_validated === null ? NOTHING : outcome.is_validated ? "yes" : "no",
      ])}
    />
    <${Listing} name="Verdicts" head=${["Decided, UTC", "Verdict", "Replayed", "Release", "Run", "In words"]}
      rows=${detail.verdicts.map((past) => [
        formatSeconds(past.decided_at),
        past.drop_reason ? `${past.match}: ${words(past.drop_reason)}` : past.match,
        formatExact(past.replayed_score),
        text(past.release_reference),
        html`<code title=${past.run_id}>${past.run_id.slice(0, 8)}</code>`,
        past.detail,
      ])}
    />
    <${Listing} name="Alerts" head=${["Alert", "Started, UTC"]}
      rows=${detail.alerts.map((alert) => [String(alert.id), formatSeconds(alert.started_at)])}
    />
  </div>`;
}

/** @param {Detail["frames"][number]} frame */
function frameRow(frame) {
  const { sha256 } = frame;
  const remarks = [
    frame.flag,
    frame.undecodable,
    sha256 === null ? "the bytes could not be had" : null,
    frame.current ? null : "of earlier inputs",
  ].filter(Boolean);
  return [
    String(frame.n + 1),
    formatSeconds(frame.created_at),
    html`<code>${frame.bucket_key}</code>`,
    sha256 === null
      ? NOTHING
      : html`<code title=${sha256}>${shortDigest(sha256)}</code>
          <${Copy} text=${sha256} what=${`SHA-256 of frame ${frame.n + 1}`} />`,
    formatBytes(frame.size),
    remarks.join("; ") || NOTHING,
  ];
}

/**
 * @param {{name: string, pairs: [string, string, (string | null | undefined)?][]}} props `pairs`: name, what is shown,
 *   what is copied
 */
function Pairs({ name, pairs }) {
  return html`<section>
    <h3 class="eyebrow">${name}</h3>
    <dl class="pairs">
      ${pairs.map(
        ([key, value, whole]) => html`<div key=${key}>
          <dt>${key}</dt>
          <dd>${value}${whole && html` <${Copy} text=${whole} what=${key.toLowerCase()} />`}</dd>
        </div>`,
      )}
    </dl>
  </section>`;
}

/** @param {{name: string, head: string[], rows: unknown[][]}} props */
function Listing({ name, head, rows }) {
  return html`<section>
    <h3 class="eyebrow">${name}</h3>
    ${rows.length === 0
      ? html`<p class="muted">None.</p>`
      : html`<div class="scroll" tabindex="0" role="region" aria-label=${name}>
          <table class="plain">
            <thead>
              <tr>${head.map((column) => html`<th scope="col" key=${column}>${column}</th>`)}</tr>
            </thead>
            <tbody>
              ${rows.map(
                (row, at) => html`<tr key=${at}>
                  ${row.map((cell, column) => html`<td key=${column}>${cell}</td>`)}
                </tr>`,
              )}
            </tbody>
          </table>
        </div>`}
  </section>`;
}

/** @param {string | number | null | undefined} value */
function text(value) {
  return value === null || value === undefined || value === "" ? NOTHING : String(value);
}

/** @param {string | null | undefined} value */
function time(value) {
  return value ? `${formatSeconds(value)} UTC` : NOTHING;
}

/** @param {number | null} value */
function degrees(value) {
  return value === null ? NOTHING : `${value}°`;
}

/** @param {string | null | undefined} recorded @param {string | null | undefined} replayed */
function versions(recorded, replayed) {
  if (!replayed || replayed === recorded) return text(recorded);
  return `${text(recorded)} recorded, ${replayed} replayed`;
}
