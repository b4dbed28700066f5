/** The two lists: alerts with what survives of them, and the sequences that are held back, each with the reason. */
import { formatClock, formatExact, formatScore, formatSeconds, formatTime, plural, shownName, shownNumber, WORDS } from "../format.js";
import { classes, html } from "../html.js";
import { lineKeys } from "../places.js";
import { active, held, move, navigate, place, readMore, reading, waiting } from "./state.js";
import { azimuthWords, confidenceWords, whyWords } from "./words.js";

/** @typedef {import("./types.js").Alert} Alert */
/** @typedef {import("./types.js").Sequence} Sequence */

/** @param {{ sequence: Sequence }} props */
function Label({ sequence }) {
  const { label, label_detail: detail, passes } = sequence;
  const missed = label === "smoke" && !passes;
  const text = (detail === null ? undefined : WORDS.labelDetail[detail]) ?? WORDS.label[label];
  return html`<span class=${classes("line-label", missed && "missed")}><span class=${`mark ${label}`}>${missed ? html`<span>real smoke<span class="line-detail">: ${text}</span></span>` : text}</span></span>`;
}

/** A line leads to the sequence's replay.
 * @param {{ sequence: Sequence, id: string, whole?: boolean }} props whole: with the day, the organization and the alerts */
function Line({ sequence, id, whole = false }) {
  const { camera, organization, started_at: time, score, label, passes } = sequence;
  const alerts = sequence.alerts.length === 0 ? "no alert" : `alert ${sequence.alerts.map((each) => `#${each}`).join(", ")}`;
  return html`<li><a class=${classes("row", "line", whole && "whole", label === "smoke" && !passes && "missed-smoke")} href=${`/replay?sequence=${encodeURIComponent(sequence.key)}`}
    tabindex=${place.value === id ? 0 : -1} data-line=${id} onFocus=${() => { active.value = id; }}>
    <time class="line-time" datetime=${time} title=${`${formatSeconds(time)} UTC`}>${whole ? formatTime(time) : formatClock(time)}</time>
    <span class="line-where"><span class="cut">${shownName(camera.name, 60)}</span>${whole && html` <span class="muted cut">${shownName(organization.name, 60)}</span>`}</span>
    <span class="line-azimuth muted">${azimuthWords(sequence.azimuth)}</span>
    <span class="line-why" title=${`max_conf ${confidenceWords(sequence.max_conf)}`}>${whyWords(sequence)}</span>
    <span class="line-score muted" title=${score === null ? "never scored" : `score ${formatExact(score)}`}>${score === null ? "no score" : formatScore(score)}</span>
    <${Label} sequence=${sequence} />
    <span class="line-alerts muted">${whole ? alerts : shownNumber(sequence.key)}</span>
  </a></li>`;
}

/** @param {{ alert: Alert }} props */
function AlertItem({ alert }) {
  const { key, id, organization, started_at: time, left_out: lost, sequences } = alert;
  return html`<li class="alert">
    <p class="alert-head"><strong>#${id}</strong> <span class="cut">${shownName(organization.name, 80)}</span>
      <time class="muted" datetime=${time}>${formatTime(time)}</time>
      <span class="muted">${plural(sequences.length, "sequence")}</span>
      ${lost > 0 && html`<button type="button" class="chip" onClick=${() => navigate({ side: "held" })}><span class="mark held-side">${lost} held back</span></button>`}
    </p>
    <ul>${sequences.map((sequence) => html`<${Line} key=${sequence.key} sequence=${sequence} id=${`${key}/${sequence.key}`} />`)}</ul>
  </li>`;
}

const onKeyDown = lineKeys(move);

export function Items() {
  const state = held.value;
  if (state === null) return null;
  return html`<div class=${classes("alerts-scroll", waiting.value && "waiting")} aria-busy=${waiting.value} onKeyDown=${onKeyDown}>
    <ol class="alert-list" aria-label=${state.side === "held" ? "Sequences held back" : "Alerts shown"}>
      ${state.items.map((item) =>
        "sequences" in item
          ? html`<${AlertItem} key=${item.key} alert=${item} />`
          : html`<${Line} key=${item.key} sequence=${item} id=${item.key} whole=${true} />`,
      )}
    </ol>
    ${state.cursor !== null && html`<p class="more-line"><button type="button" class="button more" disabled=${reading.value} onClick=${readMore}>${reading.value ? "Reading…" : "Show more"}</button></p>`}
  </div>`;
}
