// Who the sequence is, what production decided, and whether a replay explains it.

import { classes, html, useEffect, useRef } from "../html.js";
import { NOTHING, WORDS, formatExact, formatScore, formatSeconds, words } from "../format.js";
import { formatTime, plural, shownName, shownNumber } from "../format.js";
import { againstTolerance, comparison, doubts, scoredWindow, triggerWords, versionHint } from "./words.js";

/** @import { Detail, Navigate, Steps, Window } from "./types.js" */

/**
 * Names what stands below; moves begin at the one that was asked for.
 * @param {{sequence: string, detail: Detail | null, steps: Steps, navigate: Navigate}} props
 */
export function Title({ sequence, detail, steps, navigate }) {
  const key = detail?.key ?? sequence;
  return html`<header class="detail-title">
      <h2 class="detail-key" title=${key.slice(0, 500)}>${shownNumber(key.slice(0, 200))}</h2>
      <div class="detail-where">
        ${detail &&
        html`<p class="detail-camera">${shownName(detail.camera.name)}</p>
          <p class="muted detail-sub">
            <span class="cut">${shownName(detail.organization.name)}</span>
            <time datetime=${detail.started_at} title=${`${formatSeconds(detail.started_at)} UTC`}>
              ${formatTime(detail.started_at)} UTC
            </time>
          </p>`}
      </div>
      <${Moves} steps=${steps} navigate=${navigate} />
  </header>`;
}

/** @param {{detail: Detail, shown: Window | null, navigate: Navigate}} props */
export function Head({ detail, shown, navigate }) {
  return html`<div class="detail-head">
    <${Facts} detail=${detail} shown=${shown} />
    <${Notes} detail=${detail} navigate=${navigate} />
  </div>`;
}

const CLOSE = { "aria-label": "Close", title: "Close (Esc)" };

/** @param {{steps: Steps, navigate: Navigate}} props */
function Moves({ steps, navigate }) {
  const leave = () => navigate({ sequence: null, frame: null });
  const close = useRef(/** @type {HTMLElement | null} */ (null));
  // On a phone the pane lies over the table: the focus goes with it.
  useEffect(() => {
    if (matchMedia("(max-width: 700px)").matches) close.current?.focus({ preventScroll: true });
  }, []);
  return html`<div class="detail-moves">
    <${Move} name="Previous sequence" press="k" d="M4 10l4-4 4 4" go=${steps.before} />
    <${Move} name="Next sequence" press="j" d="M4 6l4 4 4-4" go=${steps.after} />
    <button type="button" class="button quiet square" ref=${close} ...${CLOSE} onClick=${leave}>
      <svg viewBox="0 0 16 16" class="glyph" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8" /></svg>
    </button>
  </div>`;
}

/** @param {{name: string, press: string, d: string, go: (() => void) | null}} props */
function Move({ name, press, d, go }) {
  const names = { "aria-label": name, title: `${name} (${press})` };
  return html`<button type="button" class="button quiet square" ...${names} disabled=${go === null} onClick=${go}>
    <svg viewBox="0 0 16 16" class="glyph" aria-hidden="true"><path d=${d} /></svg>
  </button>`;
}

/** @param {{detail: Detail, shown: Window | null}} props */
function Facts({ detail, shown }) {
  const { verdict, recorded } = detail;
  const match = verdict?.match ?? "not_replayed";
  const matches = verdict?.match === "exact" || verdict?.match === "window";
  const window = scoredWindow(detail);
  const labelled = detail.label_detail;
  const difference = againstTolerance(verdict?.difference ?? null);
  return html`<dl class="facts">
    <${Fact} name="Production" wide>
      <span class=${`mark ${detail.decision}`}>${WORDS.decision[detail.decision] ?? detail.decision}</span>
      <span class="muted">${comparison(recorded.score, detail.package_threshold)}</span>
    <//>
    <${Fact} name="Replay" wide>
      <span class=${`mark ${match}`}>${WORDS.match[match] ?? match}</span>
      <span class="muted">${verdict?.drop_reason ? words(verdict.drop_reason) : window}</span>
    <//>
    <${Fact} name="Label" wide>
      <span class=${`mark ${detail.label}`}>${WORDS.label[detail.label] ?? detail.label}</span>
      <span class="muted">${labelled && (WORDS.labelDetail[labelled] ?? shownName(labelled, 40))}</span>
    <//>
    <${Fact} name="Recorded"><${Score} value=${recorded.score} /><//>
    <${Fact} name="Replayed"><${Score} value=${verdict?.replayed_score ?? null} /><//>
    <${Fact} name="Difference">
      <span class=${difference && (matches ? "within" : "beyond")} title=${formatExact(verdict?.difference)}>
        ${difference ?? NOTHING}
      </span>
    <//>
    <${Fact} name="Trigger">${shown ? triggerWords(shown) : NOTHING}<//>
  </dl>`;
}

/** @param {{name: string, children: unknown, wide?: boolean}} props */
function Fact({ name, children, wide = false }) {
  return html`<div class=${classes("fact", wide && "fact-wide")}><dt>${name}</dt><dd>${children}</dd></div>`;
}

/** @param {{value: number | null}} props */
function Score({ value }) {
  return html`<span class="score" title=${formatExact(value)}>${formatScore(value)}</span>`;
}

/** What has to be known before the rest is believed. @param {{detail: Detail, navigate: Navigate}} props */
function Notes({ detail, navigate }) {
  const { verdict } = detail;
  const hint = versionHint(detail);
  return html`<div class="notes">
    <p class="verdict-line">
      ${verdict ? verdict.detail.slice(0, 2000) : "Not replayed yet: run smokewatch replay for its day."}
    </p>
    ${hint && html`<${Note}>${hint.slice(0, 1000)}<//>`}
    ${verdict &&
    !verdict.current &&
    html`<${Note} tone="warn">
      Stale verdict: it was decided on earlier inputs or an earlier outcome. Replay the day again.
    <//>`}
    ${verdict && doubts(verdict).map((doubt) => html`<${Note} key=${doubt} tone="warn">${doubt}<//>`)}
    ${detail.contradicts.length > 0 &&
    html`<${Note} tone="warn">
      Contradictory labels: ${plural(detail.contradicts.length, "sequence")} with the same frames${" "}
      ${detail.contradicts.length === 1 ? "says" : "say"} the opposite, so it is left out of metrics:${" "}
      ${detail.contradicts.slice(0, 12).map((key) => {
        const go = () => navigate({ sequence: key, frame: null });
        return html`<button type="button" class="link" key=${key} onClick=${go}>${shownName(key, 60)}</button> `;
      })}
    <//>`}
    ${detail.deleted_at &&
    html`<${Note} tone="warn">
      Deleted upstream: production no longer has it (found ${formatSeconds(detail.deleted_at)} UTC). It is kept here.
    <//>`}
  </div>`;
}

/** @param {{tone?: string, children: unknown}} props */
function Note({ tone = "plain", children }) {
  return html`<p class=${`note note-${tone}`}>${children}</p>`;
}
