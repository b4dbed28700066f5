/** A run that goes on: its bar, rate, remaining time, phase and release. */
import { formatClock, formatCount, formatShare, NOTHING, plural, shownName, words } from "../format.js";
import { classes, html } from "../html.js";
import { Facts, Sparkline } from "./parts.js";
import { imageWords, rateWords, spanWords } from "./words.js";

/** @typedef {import("./types.js").Run} Run */

/** @param {{ run: Run }} props */
function Progress({ run: { total, done, failed } }) {
  const share = total ? (done ?? 0) / total : 0;
  const words = total === null || total === 0 ? plural(done ?? 0, "item") : `${formatCount(done ?? 0)} of ${formatCount(total)}`;
  const known = total !== null && total > 0;
  return html`<div class="progress">
    <div class=${classes("progress-bar", !known && "unknown")} role="progressbar" aria-label="Progress" aria-valuemin="0" aria-valuemax=${total ?? undefined} aria-valuenow=${known ? (done ?? 0) : undefined} aria-valuetext=${words}>
      <span style=${{ width: `${Math.min(100, share * 100)}%` }}></span>
    </div>
    <p><strong>${known ? formatShare(done ?? 0, total) : NOTHING}</strong> <span class="muted">${words}</span>
      ${failed !== null && failed > 0 && html`<span class="mark wrong">${plural(failed, "failure")}</span>`}</p>
  </div>`;
}

/** How the speed is beside what is usual.
 * @param {Run} run
 * @returns {string} */
function against({ rate_ema: average, rate_baseline: usual }) {
  if (average === null || usual === null || usual === 0) return "";
  const ratio = average / usual;
  return ratio < 0.8 ? `slower than usual (${rateWords(usual)})` : ratio > 1.25 ? `faster than usual (${rateWords(usual)})` : `as usual (${rateWords(usual)})`;
}

/** @param {{ run: Run }} props */
export function Running({ run }) {
  const { id, kind, phase, rate, rate_ema: average, eta_seconds: eta, cached, current, release, last_error: error } = run;
  return html`<article class="run" data-run=${id}>
    <h3><a href=${`/runs/${encodeURIComponent(id)}`}>${words(kind)}</a> <span class="phase">${words(phase ?? run.state)}</span>
      <span class="muted">since ${formatClock(run.started_at)}</span></h3>
    <${Progress} run=${run} />
    <div class="pace">
      <${Facts} facts=${[
        ["remaining", spanWords(eta)],
        ["rate", html`${rateWords(rate ?? average)} <span class="muted">${against(run)}</span>`],
        ...(cached ? [["from the ledger", formatCount(cached)]] : []),
      ]} />
      <${Sparkline} values=${run.sparkline} label="Rate over the last minute" />
    </div>
    ${current !== null && html`<p class="current"><span class="muted">now</span> <a href=${`/replay?sequence=${encodeURIComponent(current.key)}`} class="cut">${shownName(current.camera, 60)}</a> <span class="muted cut">${shownName(current.organization, 60)}</span></p>`}
    ${release !== null && html`<p class="image mono cut" title=${`${release.reference} ${release.identity ?? ""}`}>${imageWords(release)}</p>`}
    ${error !== null && html`<p class="run-error"><span class="mark wrong">error</span> ${error}</p>`}
  </article>`;
}
