// The Raw JSON tab: what was asked and answered, to the byte.

import { html, useState } from "../html.js";
import { formatBytes } from "../format.js";
import { Copy, Download } from "./copying.js";
import { Segments } from "./segments.js";
import { indented, matchedWord, windowsDiffer } from "./words.js";

/** @import { Shared } from "./frames.js" */
/** @import { Detail, Window } from "./types.js" */
/** @typedef {"request" | "answer" | "details" | "document"} Part */

/** @type {[Part, string, string][]} */
const PARTS = [
  ["request", "Request", "the exact request body"],
  ["answer", "Answer", "the release's exact answer"],
  ["details", "Details", "the answer as the reporting layout's details tell it"],
  ["document", "All", "everything this page was told of the sequence"],
];

/** @param {Shared} props */
export function Raw({ detail, shown }) {
  const asked = typeof shown?.request === "string";
  const [part, setPart] = useState(/** @type {Part} */ (asked ? "request" : shown ? "answer" : "document"));
  const [pretty, setPretty] = useState(true);
  const exact = textOf(part, detail, shown);
  const about = PARTS.find(([name]) => name === part)?.[2] ?? "";
  const named = shown === detail.windows.full ? "full" : matchedWord(detail.verdict);
  const window = part !== "document" && windowsDiffer(detail) ? ` of the ${named} window` : "";
  const choices = PARTS.filter(([name]) => asked || name !== "request" || !shown).map(([name, word]) => [name, word]);
  const text = exact === null ? "" : pretty ? indented(exact) : exact;
  return html`<div class="raw">
    <div class="section-head">
      <${Segments} name="Document" choices=${choices} chosen=${part} choose=${setPart} />
      <div class="control-group">
        <button type="button" class="button layer" aria-pressed=${pretty} onClick=${() => setPretty(!pretty)}>
          Indented
        </button>
        ${exact !== null &&
        html`<${Copy} text=${exact} what=${about} />
          <${Download} text=${exact} name=${`${fileName(detail.key)}-${part}.json`} />`}
      </div>
    </div>
    ${exact === null
      ? html`<p class="muted">No answer about this sequence is known.</p>`
      : html`<p class="muted">
            ${about}${window}, ${formatBytes(new TextEncoder().encode(exact).length)}
            ${pretty && "; indented here, copied exact"}
          </p>
          <pre class="raw-text" tabindex="0" role="region" aria-label=${about}>${text}</pre>`}
  </div>`;
}

/**
 * @param {Part} part
 * @param {Detail} detail
 * @param {Window | null} shown
 * @returns {string | null} null: no window was replayed
 */
function textOf(part, detail, shown) {
  if (part === "document") return JSON.stringify(detail);
  if (!shown) return null;
  return part === "details" ? JSON.stringify(shown.details) : shown[part];
}

/** @param {string} key */
function fileName(key) {
  return key.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 80);
}
