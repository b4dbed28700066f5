/** The keys, over the page, on `?`. */
import { html, useEffect, useRef } from "./html.js";
import { helpOpen } from "./page.js";

/** @typedef {[string[], string]} Key its names, and what it does */

/** @type {[string, Key[]][]} */
const KEYS = [
  ["Table", [
    [["j", "k"], "next, previous sequence"],
    [["↓", "↑"], "the same, from the table"],
    [["PgDn", "PgUp"], "a page further, a page back"],
    [["Home", "End"], "first, last sequence"],
    [["Enter"], "open the sequence"],
    [["Esc"], "close what is open"],
    [["/"], "search"],
  ]],
  ["Sequence", [
    [["←", "→"], "previous, next frame"],
    [["Space"], "play, pause"],
    [["t"], "to the trigger frame"],
  ]],
];
/** @type {Key[]} */
const PAGE = [[["?"], "this help"]];

/** @param {{ own: [string, Key[]], page?: Key[], groups?: [string, Key[]][] }} props own: the screen's group; page: more of
 * the page's; groups: those of a table of sequences, where the screen has one */
export function Help({ own, page = [], groups = KEYS }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const open = helpOpen.value;
  useEffect(() => {
    if (open && dialog.current?.open === false) dialog.current.showModal();
    if (!open && dialog.current?.open === true) dialog.current.close();
  }, [open]);
  const close = () => {
    helpOpen.value = false;
  };
  const onClick = (/** @type {MouseEvent} */ event) => {
    if (event.target === dialog.current) close();
  };
  return html`<dialog class="help" ref=${dialog} aria-labelledby="help-title" onClose=${close} onClick=${onClick}>
    <div class="help-inside">
      <header><h2 id="help-title">Keys</h2><button type="button" class="button quiet square" aria-label="Close" onClick=${close}>×</button></header>
      <div class="help-groups">
        ${[...groups, own, ["Page", [...page, ...PAGE]]].map(([title, keys]) => html`<section key=${title}>
          <h3 class="eyebrow">${title}</h3>
          <dl>${/** @type {Key[]} */ (keys).map(([names, what]) => html`<div key=${what}><dt>${names.map((name) => html`<kbd key=${name}>${name}</kbd>`)}</dt><dd>${what}</dd></div>`)}</dl>
        </section>`)}
      </div>
      <p class="muted rail-note">The address holds everything that is chosen: copy it to show others what you see.</p>
    </div>
  </dialog>`;
}
