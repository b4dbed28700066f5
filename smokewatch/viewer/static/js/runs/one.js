/** One run: what it was asked, what it did step by step, by which releases, how fast, and what it said. */
import { formatClock, formatCount, formatSeconds, NOTHING, shortDigest, shownName, words, WORDS } from "../format.js";
import { html, useEffect, useRef } from "../html.js";
import { Running } from "../overview/progress.js";
import { spanWords } from "../overview/words.js";
import { one } from "./state.js";
import { Throughput } from "./throughput.js";
import { toneOf, valueWords } from "./words.js";

/** @typedef {import("./types.js").OneRun} OneRun */

/** What is not known of a run that told only some of it. */
const STILL = { failed: null, cached: null, rate: null, rate_ema: null, rate_baseline: null, eta_seconds: null, current: null, release: null, sparkline: [], last_error: null, updated_at: null };
const VERDICTS = ["exact", "window", "unexplained", "dropped"];

/** @param {{ data: OneRun }} props */
function Head({ data: { run, progress, prefect } }) {
  const short = progress !== null && !["completed", "running"].includes(run.state);
  return html`<section class="card run-head" aria-labelledby="run-title">
    <p><a href="/runs">All runs</a> <span class="muted">/</span> <a href=${`/runs?kind=${encodeURIComponent(run.kind)}`}>${words(run.kind)}</a></p>
    <h2 id="run-title">${words(run.kind)} <span class=${`mark ${toneOf(run.state)}`}>${words(run.state)}</span></h2>
    <dl class="run-facts">
      <div><dt>started</dt><dd><time datetime=${run.started_at}>${formatSeconds(run.started_at)}</time></dd></div>
      <div><dt>ended</dt><dd>${formatSeconds(run.finished_at)}</dd></div>
      <div><dt>took</dt><dd>${spanWords(run.seconds)}</dd></div>
      <div><dt>where</dt><dd>${run.host ?? NOTHING}${run.pid && html` <span class="muted">process ${run.pid}</span>`}</dd></div>
      ${short && html`<div><dt>got to</dt><dd>${words(progress?.phase ?? NOTHING)}, ${formatCount(progress?.done ?? 0)} of ${progress?.total ?? "?"}</dd></div>`}
      <div><dt>id</dt><dd class="mono">${run.id}</dd></div>
    </dl>
    <p class="run-links">${prefect.url !== null && html`<a class="button" href=${prefect.url} target="_blank" rel="noopener noreferrer">Open in Prefect</a>`}
      ${VERDICTS.some((name) => name in run.counts) && html`<a class="button" href=${`/history?kind=${encodeURIComponent(run.kind)}`}>History</a>`}</p>
  </section>`;
}

/** @param {{ verdicts: Record<string, number> }} props */
function Verdicts({ verdicts }) {
  const total = Object.values(verdicts).reduce((sum, each) => sum + each, 0);
  if (total === 0) return null;
  const known = VERDICTS.filter((name) => verdicts[name]);
  return html`<div class="verdict-bar" aria-hidden="true">${known.map((name) => html`<span key=${name} class=${`track-part ${name}`} style=${{ flexGrow: verdicts[name] }}></span>`)}</div>
    <ul class="verdict-counts">${known.map((name) => html`<li key=${name}><span class=${`mark ${name}`}>${WORDS.match[name]}</span> <strong>${formatCount(verdicts[name] ?? 0)}</strong></li>`)}</ul>`;
}

/** @param {{ title: string, values: Record<string, unknown> | null, empty: string }} props */
function Values({ title, values, empty }) {
  const known = Object.entries(values ?? {});
  return html`<section class="card" aria-label=${title}><h2 class="eyebrow">${title}</h2>
    ${known.length === 0
      ? html`<p class="muted">${empty}</p>`
      : html`<dl class="values">${known.map(([name, value]) => html`<div key=${name}><dt>${words(name)}</dt><dd class=${typeof value === "object" && value !== null ? "mono" : ""}>${valueWords(value)}</dd></div>`)}</dl>`}
  </section>`;
}

/** @param {{ data: OneRun }} props */
function Steps({ data: { prefect } }) {
  return html`<section class="card" aria-label="Steps"><h2 class="eyebrow">Steps</h2>
    ${prefect.steps.length === 0
      ? html`<p class="muted">${prefect.text || "Prefect keeps no steps of this run."}</p>`
      : html`<ol class="steps">${prefect.steps.map((step, at) => html`<li key=${`${step.name} ${at}`}><span class=${`mark ${toneOf(step.state)}`}>${words(step.state.toLowerCase())}</span> <span class="cut" title=${step.name}>${step.name}</span> <span class="muted">${formatClock(step.started_at)}</span> <span class="number">${spanWords(step.seconds)}</span></li>`)}</ol>`}
  </section>`;
}

/** @param {{ data: OneRun }} props */
function Releases({ data: { releases } }) {
  if (releases.length === 0) return null;
  return html`<section class="card" aria-label="Releases"><h2 class="eyebrow">Releases</h2>
    <ul class="releases">${releases.map(({ reference, identity, identity_kind: kind, api_version: version, sequences }) => html`<li key=${`${reference} ${identity}`}>
      <p><strong>${shownName(version ?? reference, 60)}</strong> <span class="muted">${formatCount(sequences)} sequences</span> <a href=${`/history?release=${encodeURIComponent(version ?? "")}`}>history</a></p>
      <p class="mono breaks">${reference}</p><p class="mono breaks muted" title=${identity ?? ""}>${words(kind ?? "identity")} ${shortDigest(identity)}</p></li>`)}</ul>
  </section>`;
}

/** The last lines of the log; it stays at its end until somebody scrolls up.
 * @param {{ data: OneRun }} props */
function Log({ data: { prefect: { log, text } } }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const atEnd = useRef(true);
  useEffect(() => {
    if (box.current !== null && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [log.length]);
  const onScroll = () => {
    const element = box.current;
    if (element !== null) atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
  };
  return html`<section class="card" aria-label="Log"><h2 class="eyebrow">Log, the last lines</h2>
    ${log.length === 0
      ? html`<p class="muted">${text || "Prefect keeps no log of this run."}</p>`
      : html`<div class="log mono" ref=${box} onScroll=${onScroll} tabindex="0" role="log" aria-label="Log">${log.map((line, at) => html`<p key=${at} class=${line.level.toLowerCase()}><time class="muted" datetime=${line.at}>${formatClock(line.at)}</time> <span class="level">${line.level}</span> ${line.text}</p>`)}</div>`}
  </section>`;
}

/** @param {{ data: OneRun }} props */
function Artifacts({ data: { prefect: { artifacts } } }) {
  if (artifacts.length === 0) return null;
  return html`<section class="card" aria-label="Artifacts"><h2 class="eyebrow">Artifacts</h2>
    <ul class="artifacts">${artifacts.map(({ key, type, description, url }) => html`<li key=${key}>${url === null ? shownName(key) : html`<a href=${url} target="_blank" rel="noopener noreferrer">${shownName(key)}</a>`} <span class="muted">${type}</span> ${description}</li>`)}</ul>
  </section>`;
}

export function One() {
  const data = one.held.value?.data;
  if (data === undefined) return null;
  return html`<div class="run-board">
    <${Head} data=${data} />
    ${data.run.state === "running" && data.progress !== null && html`<section class="card running" aria-label="Progress"><h2 class="eyebrow">Now</h2><${Running} run=${{ ...STILL, ...data.run, ...data.progress }} /></section>`}
    <section class="card" aria-label="Counts"><h2 class="eyebrow">Counts</h2><${Verdicts} verdicts=${data.verdicts} />
      <dl class="values counts">${Object.entries(data.run.counts).map(([name, value]) => html`<div key=${name}><dt>${words(name)}</dt><dd class="number">${Number.isInteger(value) ? formatCount(value) : value.toFixed(2)}</dd></div>`)}</dl>
      ${Object.keys(data.run.counts).length === 0 && html`<p class="muted">It told no counts.</p>`}</section>
    <${Values} title="Parameters" values=${data.run.parameters} empty="It was asked nothing in particular." />
    <${Releases} data=${data} />
    <${Steps} data=${data} />
    ${(data.compared.length > 0 || data.throughput.length > 0) && html`<${Throughput} compared=${data.compared} own=${data.throughput} />`}
    <${Artifacts} data=${data} />
    <${Log} data=${data} />
  </div>`;
}
