/** Beside the list: what the gate shows, what it holds back, what that costs, by class and by organization. */
import { formatCount, formatShare, plural, shownName } from "../format.js";
import { classes, html } from "../html.js";
import { toggled } from "../queries.js";
import { CLASSES, NO_CLASS } from "./route.js";
import { held, navigate, route } from "./state.js";
import { classWords } from "./words.js";

/** @typedef {import("./types.js").Counts} Counts */

/** @param {{ side: "shown" | "held", title: string, count: number, note: string }} props */
function Card({ side, title, count, note }) {
  return html`<button type="button" class=${`side-card ${side}`} aria-pressed=${route.value.side === side} onClick=${() => navigate({ side })}>
    <span class=${`mark ${side}-side`}>${title}</span>
    <strong>${formatCount(count)}</strong><span class="muted">${note}</span>
  </button>`;
}

function Cards() {
  const total = held.value?.cost.total;
  if (total === undefined) return null;
  return html`<section class="block" aria-label="The gate">
    <div class="side-cards">
      <${Card} side="shown" title="Alerts shown" count=${total.alerts_shown} note=${plural(total.shown, "sequence")} />
      <${Card} side="held" title="Held back" count=${total.held} note=${`${total.held === 1 ? "sequence" : "sequences"}, ${plural(total.alerts_held, "whole alert")}`} />
    </div>
  </section>`;
}

/** What of the held-back sequences was smoke after all. */
function Cost() {
  const total = held.value?.cost.total;
  if (total === undefined) return null;
  const labelled = total.held_smoke + total.held_false;
  return html`<section class="block cost" aria-label="What the gate costs">
    <h2 class="eyebrow">What it costs</h2>
    <p class=${classes("cost-line", total.held_smoke > 0 && "missed")}>
      <strong>${formatCount(total.held_smoke)}</strong>
      <span class=${total.held_smoke > 0 ? "mark smoke" : "muted"}>real smoke held back</span>
    </p>
    <dl class="cost-facts">
      <div><dt>no smoke</dt><dd>${formatCount(total.held_false)}</dd></div>
      <div><dt>not labelled yet</dt><dd>${formatCount(total.held_unlabeled)}</dd></div>
      <div><dt>smoke of the labelled</dt><dd>${formatShare(total.held_smoke, labelled)}</dd></div>
      <div><dt>never in an alert</dt><dd>${formatCount(total.held - total.held_in_alerts)}</dd></div>
    </dl>
  </section>`;
}

/** @param {{ title: string, lines: { value: string, name: string, note?: string, counts: Counts }[], chosen: string[], toggle: (value: string) => void }} props */
function Lines({ title, lines, chosen, toggle }) {
  if (lines.length === 0) return null;
  return html`<section class="block">
    <h2 class="eyebrow">${title}</h2>
    <table class="lines-table gate-lines">
      <thead><tr><th scope="col"><span class="unseen">${title.slice(3)}</span></th><th scope="col">shown</th><th scope="col">held</th><th scope="col">smoke</th></tr></thead>
      <tbody>
        ${lines.map(
          ({ value, name, note, counts }) => html`<tr key=${value} class=${classes(chosen.includes(value) && "selected")}>
            <th scope="row"><button type="button" class="rail-link cut" title=${shownName(name, 400)} aria-pressed=${chosen.includes(value)} onClick=${() => toggle(value)}>${shownName(name, 60)}</button>${note && html`<span class="muted from">${note}</span>`}</th>
            <td>${formatCount(counts.shown)}</td><td>${formatCount(counts.held)}</td>
            <td class=${classes(counts.held_smoke > 0 && "missed")}>${formatCount(counts.held_smoke)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    <p class="muted rail-note">Sequences; smoke: of those held back.</p>
  </section>`;
}

function ByClass() {
  const state = held.value;
  if (state === null) return null;
  const { by_class: counts, gate } = state.period;
  const lines = [...CLASSES, NO_CLASS]
    .filter((value) => counts[value] !== undefined)
    .map((value) => {
      const asks = gate[value] ?? null;
      return { value, name: classWords(value), counts: counts[value], ...(asks !== null && { note: `asks ≥ ${asks}` }) };
    });
  return html`<${Lines} title="By class" lines=${lines} chosen=${route.value.class} toggle=${(/** @type {string} */ value) => navigate({ class: toggled(route.peek().class, value) })} />`;
}

function ByOrganization() {
  const state = held.value;
  if (state === null) return null;
  const several = new Set(state.period.by_organization.map(({ source }) => source)).size > 1;
  const lines = state.period.by_organization
    .map((counts) => ({ value: `${counts.source}:${counts.id}`, name: counts.name, counts, ...(several && { note: counts.source }) }))
    .sort((a, b) => b.counts.held - a.counts.held || (a.name < b.name ? -1 : 1));
  return html`<${Lines} title="By organization" lines=${lines} chosen=${route.value.organization}
    toggle=${(/** @type {string} */ value) => navigate({ organization: toggled(route.peek().organization, value) })} />`;
}

export function Rail() {
  return html`<aside class="rail" aria-label="Summary"><${Cards} /><${Cost} /><${ByClass} /><${ByOrganization} /></aside>`;
}
