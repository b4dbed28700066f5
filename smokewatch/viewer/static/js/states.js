/** What stands where rows would: while they load, where there are none, where they could not be had. */
import { formatClock } from "./format.js";
import { Component, html } from "./html.js";
import { lostSince, problem } from "./page.js";

export function Loading() {
  return html`<div class="loading" role="status">
    <span class="unseen">Loading sequences</span>
    ${Array.from({ length: 14 }, (_, at) => html`<div key=${at} class="loading-row" aria-hidden="true"><span class="skeleton"></span><span class="skeleton"></span><span class="skeleton"></span><span class="skeleton"></span></div>`)}
  </div>`;
}

/** The store holds nothing yet: the commands that fill it. */
export function EmptyStore() {
  return html`<div class="notice" role="status">
    <h2>No sequences yet</h2>
    <p class="muted">The store is empty. Import a day of production, then replay it; results appear here by themselves.</p>
    <pre><code>smokewatch import --day 2026-01-31
smokewatch replay</code></pre>
    <p class="muted">No production at hand? <code>smokewatch demo</code> makes one.</p>
  </div>`;
}

/** @param {{ clear: () => void }} props */
export function EmptyFilter({ clear }) {
  return html`<div class="notice" role="status">
    <h2>No sequence passes these filters</h2>
    <p class="muted">Take one away above, or begin again.</p>
    <button type="button" class="button primary" onClick=${clear}>Clear all filters</button>
  </div>`;
}

/** Nothing could be read at all.
 * @param {{ again: () => void }} props */
export function Failure({ again }) {
  const failed = problem.value;
  if (failed === null) return null;
  return html`<div class="notice" role="alert">
    <h2>${failed.title}</h2>
    ${failed.detail && html`<p>${failed.detail}</p>`}
    ${failed.hint && html`<p class="muted">${failed.hint}</p>`}
    <button type="button" class="button primary" onClick=${again}>Try again</button>
  </div>`;
}

/** Rows are there, newer ones are not to be had.
 * @param {{ again: () => void }} props */
export function Lost({ again }) {
  const failed = problem.value;
  if (failed === null) return null;
  const since = lostSince.value;
  return html`<div class="lost-line" role="alert">
    <span class="mark wrong">${since === null ? failed.title : `Connection lost at ${formatClock(since)} UTC`}</span>
    <span class="muted">${since === null ? failed.detail : "These are the results from before; trying again."} ${since === null && failed.hint}</span>
    <button type="button" class="button" onClick=${again}>Try now</button>
  </div>`;
}

/** A part that fails says so in its own place, and the rest of the page stays.
 * @extends {Component<{ name: string, children?: unknown }, { error: unknown }>} */
export class Guarded extends Component {
  state = { error: /** @type {unknown} */ (null) };

  /** @param {unknown} error */
  componentDidCatch(error) {
    console.error(error);
    this.setState({ error });
  }

  render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return html`<div class="notice" role="alert">
      <h2>${this.props.name} failed</h2>
      <p class="mono">${error instanceof Error ? error.message : String(error)}</p>
      <button type="button" class="button primary" onClick=${() => this.setState({ error: null })}>Show it again</button>
    </div>`;
  }
}
