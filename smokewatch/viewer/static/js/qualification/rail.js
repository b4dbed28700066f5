/** Beside the report: every qualification, the newest first. */
import { formatTime, shownName } from "../format.js";
import { classes, html } from "../html.js";
import { sheet } from "../page.js";
import { held, navigate, wanted } from "./state.js";
import { Mark } from "./verdict.js";
import { daysWords } from "./words.js";

/** @param {string} reference
 * @returns {string} what stands behind the repository: a tag */
const tag = (reference) => reference.slice(reference.lastIndexOf(":") + 1);

export function Rail() {
  const state = held.value;
  if (state === null) return null;
  const choose = (/** @type {string} */ run) => {
    sheet.value = "";
    navigate({ run });
  };
  return html`<aside class="rail" aria-label="Summary"><section class="block" aria-label="Qualifications">
    <h2 class="eyebrow">Qualifications</h2>
    <ul class="qualifications">${state.all.map((each) => html`<li key=${each.run_id}>
      <button type="button" class=${classes("qualification", wanted.value === each.run_id && "selected")} aria-pressed=${wanted.value === each.run_id} onClick=${() => choose(each.run_id)}>
        <strong class="cut">${shownName(tag(each.candidate), 40)}</strong><${Mark} verdict=${each.verdict} />
        <span class="muted">against ${shownName(tag(each.baseline), 40)}, ${daysWords(each)}</span>
        <span class="muted">${each.lost} lost, ${each.gained} gained of ${each.compared}</span>
        <time class="muted" datetime=${each.qualified_at}>${formatTime(each.qualified_at)}</time>
      </button>
    </li>`)}</ul>
  </section></aside>`;
}
