/** How large an element is, and what of a list can be seen. */
import { useEffect, useLayoutEffect, useRef, useState } from "./html.js";

/** An element's inner size as it changes.
 * @returns {[{ current: HTMLElement | null }, import("./geometry.js").Size]} a ref for the element, and its size in px
 * (0 until it is known) */
export function useSize() {
  const element = useRef(/** @type {HTMLElement | null} */ (null));
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const measured = element.current;
    if (!measured) return undefined;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = measured;
      setSize((before) => (before.width === width && before.height === height ? before : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(measured);
    return () => observer.disconnect();
  }, []);
  return [element, size];
}

/** Scrolls a row of things, and nothing around it, so that one of them is seen; the focus goes with it when it is there.
 * @param {{ current: HTMLElement | null }} list
 * @param {number} index of the child */
export function useInView(list, index) {
  useEffect(() => {
    const row = list.current;
    const child = row?.children[index];
    if (!row || !(child instanceof HTMLElement)) return;
    const left = child.offsetLeft - row.offsetLeft;
    if (left < row.scrollLeft || left + child.offsetWidth > row.scrollLeft + row.clientWidth)
      row.scrollLeft = left - (row.clientWidth - child.offsetWidth) / 2;
    if (row.contains(document.activeElement) && document.activeElement !== row)
      child.querySelector("button")?.focus({ preventScroll: true });
  }, [index]);
}
