/** The decisions that change, lost smoke first; each opens both releases' tubes side by side. */
import { formatCount, formatExact, formatScore, formatTime, shownName, shownNumber, WORDS } from "../format.js";
import { classes, html } from "../html.js";
import { lineKeys, moveLine } from "../places.js";
import { changed, FLIPS, formatRoute } from "./route.js";
import { active, flips, LINES, navigate, place, report, route } from "./state.js";
import { FLIP_WORDS } from "./words.js";

/** @typedef {import("./types.js").Flip} Flip */

/** @param {{ flip: Flip }} props */
function Line({ flip: { key, flip, label, disputed, baseline, candidate, organization, camera, started_at: time } }) {
  const open = (/** @type {MouseEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    active.value = key;
    navigate({ sequence: key, frame: null });
  };
  const address = `/qualification${formatRoute(changed(route.value, { sequence: key, frame: null }))}`;
  return html`<li><a class=${classes("row", "flip", route.value.sequence === key && "selected")} href=${address} tabindex=${place.value === key ? 0 : -1}
    aria-current=${route.value.sequence === key ? "true" : undefined} onFocus=${() => { active.value = key; }} onClick=${open}>
    <span class=${`mark flip-way ${flip}`}>${FLIP_WORDS[flip]}</span>
    <span class=${`mark ${label}`}>${WORDS.label[label]}${disputed && html` <span class="muted">disputed</span>`}</span>
    <span class="flip-scores"><span title=${formatExact(baseline)}>${formatScore(baseline)}</span><span aria-hidden="true"> → </span><span class="unseen"> before, now </span><strong title=${formatExact(candidate)}>${formatScore(candidate)}</strong></span>
    <span class="cut flip-where">${shownName(camera, 60)} <span class="muted">${shownName(organization, 60)}</span></span>
    <time class="muted" datetime=${time}>${formatTime(time)}</time>
    <span class="muted flip-number">${shownNumber(key)}</span>
  </a></li>`;
}

const onKeyDown = lineKeys((by) => moveLine(LINES, by));

export function Flips() {
  const shown = report.value;
  if (shown === null) return null;
  const chosen = route.value.flip;
  return html`<section class="card flips" aria-label="Decisions that change">
    <h3 class="eyebrow">Decisions that change
      <span class="flip-ways" role="group" aria-label="Which way">
        ${FLIPS.map((flip) => html`<button key=${flip} type="button" class="button" aria-pressed=${chosen === flip} onClick=${() => navigate({ flip: chosen === flip ? "" : flip })}>
          <span class=${`mark ${flip}`}>${FLIP_WORDS[flip]}</span> <span class="count">${formatCount(shown.flip_counts[flip])}</span>
        </button>`)}
      </span>
    </h3>
    ${flips.value.length === 0
      ? html`<p class="muted" role="status">${shown.flips.length === 0 ? "Both keep and discard the same sequences." : "None goes this way."}</p>`
      : html`<ol aria-label="Decisions that change" onKeyDown=${onKeyDown}>${flips.value.map((flip) => html`<${Line} key=${flip.key} flip=${flip} />`)}</ol>`}
  </section>`;
}
