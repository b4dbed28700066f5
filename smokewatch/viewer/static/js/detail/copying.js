// Copying text, and saving it as a file.

import { html, useEffect, useRef, useState } from "../html.js";

const SAID_MS = 1500;

/** @param {{text: string, what: string, word?: string}} props */
export function Copy({ text, what, word = "Copy" }) {
  const [said, setSaid] = useState("");
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    const done = await copied(text);
    setSaid(done ? "Copied" : "Not allowed");
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setSaid(""), SAID_MS);
  };
  const name = `Copy ${what}`;
  return html`<button type="button" class="button quiet copy" aria-label=${name} title=${name} onClick=${copy}>
    <span aria-live="polite">${said || word}</span>
  </button>`;
}

/** @param {string} text @returns {Promise<boolean>} */
async function copied(text) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }
  // A page served over plain HTTP to another machine has no clipboard: the old way through a selection is left.
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return done;
}

/** @param {{text: string, name: string}} props `name`: the file's */
export function Download({ text, name }) {
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return html`<button type="button" class="button quiet" onClick=${save}>Download</button>`;
}
