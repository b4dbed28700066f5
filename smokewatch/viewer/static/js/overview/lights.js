/** The top row: is all well, and if not, what first. */
import { formatClock, formatSeconds, plural, words } from "../format.js";
import { classes, html } from "../html.js";
import { lostSince } from "../page.js";
import { Waiting } from "./parts.js";
import { live, quality, stream } from "./state.js";
import { STATE_WORDS, TONES, verdictOf } from "./words.js";

/** The newest that ended, where all is well: what one asks next.
 * @returns {string} */
function newest() {
  const [last] = [...(quality.held.value?.data.reports ?? [])].sort((a, b) => (a.at < b.at ? 1 : -1));
  const running = live.value?.data.runs.length ?? 0;
  const now = running === 0 ? "Nothing runs now." : `${plural(running, "run")} under way.`;
  return last === undefined ? now : `${now} Last: ${words(last.kind)}, ${words(last.state)} ${formatSeconds(last.at).slice(0, 16)} UTC.`;
}

/** The stream is lost: what is shown is asked for one by one, until it is back. */
function StreamNote() {
  const since = stream.lostSince.value;
  if (stream.state.value !== "lost" || since === null || lostSince.value !== null) return null;
  return html`<p class="stream-note" role="status"><span class="mark warn">stream lost at ${formatClock(since)}</span>
    <span class="muted">figures come more slowly; trying again at ${formatClock(stream.againAt.value)}</span>
    <button type="button" class="button quiet" onClick=${stream.again}>Try now</button></p>`;
}

export function Lights() {
  const held = live.value;
  if (held === null) return html`<section class="card verdict-card" aria-label="Health" aria-busy="true"><${Waiting} lines=${3} /></section>`;
  const verdict = verdictOf(held.data, quality.held.value?.data.reports);
  const old = lostSince.value !== null || held.stale;
  const { advice } = verdict;
  return html`<section class=${classes("card verdict-card health", verdict.state, old && "old")} aria-labelledby="verdict">
    <div class="verdict-words" role="status">
      <h2 id="verdict"><span class=${`mark ${TONES[verdict.state]}`}>${verdict.title}</span></h2>
      <p>${verdict.text || (verdict.state === "ok" ? newest() : "")}</p>
      ${advice !== null && html`<p class="advice">${advice.text} ${advice.command && html`<code>${advice.command}</code>`}
        ${advice.href && html`<a href=${advice.href}>${advice.link}</a>`}</p>`}
      ${verdict.also && html`<p class="muted">${verdict.also}</p>`}
      ${held.stale && html`<p><span class="mark warn">stale since ${formatClock(held.asOf)}</span></p>`}
      <${StreamNote} />
    </div>
    <ul class="lights" aria-label="Health lights">
      ${held.data.lights.map(({ name, label, state, text }) => html`<li key=${name} class=${`light ${state}`} data-light=${name}>
        <span class=${`mark ${TONES[state]}`}>${label}</span>
        <span class="light-text" title=${text}><span class=${classes("light-state", state === "ok" && "unseen")}>${STATE_WORDS[state]}: </span>${text}</span>
      </li>`)}
    </ul>
  </section>`;
}
