/** What stands above the list: the two sides, the period, the class that judges, and what is chosen. */
import { Chips, SheetButton } from "../filterbar.js";
import { formatCount, formatTime, plural } from "../format.js";
import { classes, html } from "../html.js";
import { DayRange } from "../picker.js";
import { toggled } from "../queries.js";
import { CLASSES, cleared, LISTS, SIDES } from "./route.js";
import { held, moveDay, navigate, route, shownDay } from "./state.js";
import { classWords } from "./words.js";

/** @typedef {import("../filterbar.js").Chip} Chip */

const TITLES = { organization: "Organization", class: "Class" };

function Sides() {
  const total = held.value?.cost.total;
  const words = { shown: "Shown", held: "Held back" };
  const counts = { shown: total?.alerts_shown ?? 0, held: total?.held ?? 0 };
  return html`<div class="sides" role="group" aria-label="Side of the gate">
    ${SIDES.map((side) => html`<button key=${side} type="button" class="button" aria-pressed=${route.value.side === side} onClick=${() => navigate({ side })}>
      <span class=${`mark ${side}-side`}>${words[side]}</span><span class="count">${formatCount(counts[side])}</span>
    </button>`)}
  </div>`;
}

/** The period in words: a day, days, or since when. */
function Period() {
  const state = held.value;
  const day = shownDay.value;
  if (state === null) return null;
  const { start, end } = state.cost;
  const { latest, from, to } = route.value;
  const several = from !== "" || to !== "" ? `${from || "the first"} to ${to || "the last"}` : "all days";
  const text = day ?? (latest && start !== null && end === null ? `since ${formatTime(start)}` : several);
  return html`<div class="period" role="group" aria-label="Period, UTC">
    <button type="button" class="button square" aria-label="The day before" disabled=${day === null} onClick=${() => moveDay(-1)}>‹</button>
    <span class="period-text">${text}</span>
    <button type="button" class="button square" aria-label="The day after" disabled=${day === null} onClick=${() => moveDay(1)}>›</button>
    <button type="button" class="button quiet" aria-pressed=${latest} onClick=${() => navigate({ latest: !latest, from: "", to: "" })}>Last 24 h</button>
    ${(from !== "" || to !== "") && html`<button type="button" class="button quiet" onClick=${() => navigate({ from: "", to: "", latest: false })}>Newest day</button>`}
    <${DayRange} from=${from} to=${to} onChange=${(/** @type {{ from?: string, to?: string }} */ days, /** @type {{ replace: boolean }} */ how) => navigate({ latest: false, ...days }, how)} />
  </div>`;
}

/** The class that judges every camera, whatever risk-api says: alert-api's risk_score. */
function Override() {
  const gate = held.value?.period.gate ?? {};
  const words = (/** @type {string} */ name) => {
    const asks = gate[name] ?? null;
    return asks === null ? `${classWords(name)} (no gate)` : `${classWords(name)} (≥ ${asks})`;
  };
  const onChange = (/** @type {Event} */ event) => navigate({ risk_score: /** @type {HTMLSelectElement} */ (event.target).value });
  return html`<label class="judge"><span class="muted">Judge as</span>
    <select id="judge" class=${classes("field", route.value.risk_score !== "" && "chosen")} value=${route.value.risk_score} onChange=${onChange}>
      <option value="">each day's own class</option>
      ${CLASSES.map((name) => html`<option key=${name} value=${name}>${words(name)}</option>`)}
    </select>
  </label>`;
}

/** @returns {Chip[]} */
function chips() {
  const state = route.value;
  const names = new Map((held.value?.period.organizations ?? []).map(({ source, id, name }) => [`${source}:${id}`, name]));
  return LISTS.flatMap((name) =>
    state[name].map((value) => ({
      title: TITLES[name],
      value,
      text: name === "class" ? classWords(value) : (names.get(value) ?? value),
      remove: () => navigate({ [name]: toggled(state[name], value) }),
    })),
  );
}

/** What this list does not show. */
function LeftOut() {
  const state = held.value;
  if (state === null || state.leftOut === null) return null;
  const { alerts, sequences, alerts_without_sequences: without } = state.leftOut;
  return html`<p class="left-out" role="status">
    ${sequences === 0
      ? html`<span class="muted">The gate leaves nothing of these alerts out.</span>`
      : html`<span class="mark held-side">Left out: ${plural(sequences, "sequence")}, ${plural(alerts, "whole alert")}</span>`}
    ${without > 0 && html` <span class="muted">${plural(without, "alert")} without a stored sequence.</span>`}
  </p>`;
}

/** Where no class is known the gate is open: said, for it looks like a dry day. */
function NoClasses() {
  const state = held.value;
  if (state === null || route.value.risk_score !== "") return null;
  const known = Object.keys(state.period.by_class);
  if (known.length !== 1 || known[0] !== "none") return null;
  return html`<p class="no-classes">No fire-risk class is known of these days: everything passes. Get them: <code>smokewatch risk --day ${shownDay.value ?? "YYYY-MM-DD"}</code></p>`;
}

export function Bar() {
  const { unlabeled } = route.value;
  return html`<div class="filters alerts-bar">
    <div class="choosing">
      <${Sides} /><${Period} /><${Override} /><${SheetButton} name="summary" text="Summary" />
      <button type="button" class="button" aria-pressed=${unlabeled} onClick=${() => navigate({ unlabeled: !unlabeled })}>Only unlabelled</button>
    </div>
    <div class="status"><div class="told"><${LeftOut} /><${NoClasses} /><${Chips} chips=${chips()} clear=${() => navigate(cleared())} /></div></div>
  </div>`;
}
