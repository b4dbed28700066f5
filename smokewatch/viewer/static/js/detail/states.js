// What the pane shows where it has no sequence to show.

import { html } from "../html.js";

/** @import { Problem } from "../fetching.js" */

export function Skeleton() {
  return html`<div class="detail-body" role="status">
    <span class="unseen">Loading the sequence</span>
    <div class="skeleton skeleton-stage"></div>
    <div class="skeleton skeleton-line"></div>
    <div class="skeleton skeleton-line short"></div>
  </div>`;
}

/** @param {{problem: Problem, sequence: string, retry: () => void}} props */
export function Missing({ problem, sequence, retry }) {
  const unknown = problem.status === 404;
  return html`<div class="detail-body detail-missing" role="alert">
    <h3>${unknown ? "Not in this store" : problem.title}</h3>
    <p>
      ${unknown
        ? html`No sequence <code>${sequence.slice(0, 200)}</code> is stored here. It may be of another store, or not
            imported yet.`
        : problem.detail}
    </p>
    ${!unknown && problem.hint && html`<p class="muted">${problem.hint}</p>`}
    <button type="button" class="button" onClick=${retry}>Try again</button>
  </div>`;
}
