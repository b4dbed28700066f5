/** A chart of uPlot's in the page: as wide as its place, in the theme's colours, loaded when the first one is shown. */
import { html, useEffect, useRef, useState } from "./html.js";

/** A token's colour as the canvas can take it: custom properties hold light-dark() unresolved, `color` does not.
 * @param {HTMLElement} element
 * @param {string} token
 * @returns {string} */
export function colour(element, token) {
  const before = element.style.color;
  element.style.color = `var(${token})`;
  const resolved = getComputedStyle(element).color;
  element.style.color = before;
  return resolved;
}

/** How axes look everywhere.
 * @param {HTMLElement} element
 * @returns {object} of uPlot's options */
export function axis(element) {
  return {
    stroke: () => colour(element, "--muted"),
    grid: { stroke: () => colour(element, "--border"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
}

/** What is drawn says itself in words or a table beside it: the canvas is hidden from who cannot see it.
 * @param {{ make: (element: HTMLElement) => object, data: (number | null)[][], height: number }} props
 * make: uPlot's options without a size, asked once; data: x, then each series */
export function Plot({ make, data, height }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const plot = useRef(/** @type {import("uplot").default | null} */ (null));
  const [failed, setFailed] = useState(false);
  const current = useRef(data);
  current.current = data;
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let gone = false;
    const size = () => ({ width: Math.max(120, element.clientWidth), height });
    const redraw = () => plot.current?.redraw();
    const resize = new ResizeObserver(() => plot.current?.setSize(size()));
    const themed = new MutationObserver(redraw);
    const system = matchMedia("(prefers-color-scheme: dark)");
    import("uplot").then(
      ({ default: UPlot }) => {
        if (gone) return;
        plot.current = new UPlot({ legend: { show: false }, cursor: { show: false }, ...size(), ...make(element) }, current.current, element);
        resize.observe(element);
        themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
        system.addEventListener("change", redraw);
      },
      () => setFailed(true),
    );
    return () => {
      gone = true;
      resize.disconnect();
      themed.disconnect();
      system.removeEventListener("change", redraw);
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(data), [data]);
  return html`<div class="plot" style=${{ height: `${height}px` }} ref=${box} aria-hidden="true">${failed && html`<p class="muted">The chart could not be loaded.</p>`}</div>`;
}
