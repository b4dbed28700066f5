// Which frame is shown: the URL's, or the one the player has come to.

import { useCallback, useEffect, useMemo, useRef, useState } from "../html.js";
import { frameOfSlot } from "./words.js";

/** @import { Detail, Navigate, Window } from "./types.js" */

const FRAME_MS = 1000;

/**
 * @typedef {object} Player
 * @property {number} n the frame shown; -1 where a sequence has none
 * @property {boolean} playing
 * @property {number | null} trigger the trigger's frame
 * @property {() => void} toggle
 * @property {(n: number) => void} go
 * @property {(by: number) => void} step
 */

/** @returns {boolean} */
function stillness() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * @param {object} given
 * @param {Detail | null} given.detail
 * @param {Window | null} given.shown
 * @param {number | null} given.frame the URL's
 * @param {boolean} given.active whether the frames can be seen
 * @param {Navigate} given.navigate
 * @returns {Player}
 */
export function usePlayer({ detail, shown, frame, active, navigate }) {
  const count = detail?.frames.length ?? 0;
  const key = detail?.key ?? null;
  const trigger = shown ? frameOfSlot(shown.trigger_frame_index, shown) : null;
  const order = useMemo(() => {
    if (!shown) return Array.from({ length: count }, (_, n) => n);
    return shown.frames.filter((n) => n >= 0).sort((a, b) => a - b);
  }, [shown, count]);
  const first = order[0] ?? 0;
  const asked = frame !== null && frame >= 0 && frame < count;
  const [auto, setAuto] = useState({ key, n: first });
  const [wanted, setWanted] = useState(() => !stillness());
  const resting = stillness() && trigger !== null ? trigger : first;
  const n = count === 0 ? -1 : asked ? frame : auto.key === key ? Math.min(auto.n, count - 1) : resting;
  const playing = wanted && !asked && order.length > 1;

  useEffect(() => {
    setAuto({ key, n: resting });
    setWanted(!stillness());
  }, [key]);

  useEffect(() => {
    if (!playing || !active) return undefined;
    const timer = setInterval(() => {
      if (document.hidden) return;
      setAuto((before) => {
        const next = order.find((one) => one > before.n) ?? first;
        return { key, n: next };
      });
    }, FRAME_MS);
    return () => clearInterval(timer);
  }, [playing, active, order, key]);

  // Keys may come faster than the page is drawn: each begins where the last one ended.
  const latest = useRef({ n, playing });
  latest.current = { n, playing };
  const go = useCallback(
    (/** @type {number} */ to) => {
      if (count === 0) return;
      latest.current = { n: Math.min(count - 1, Math.max(0, to)), playing: false };
      setWanted(false);
      navigate({ frame: latest.current.n }, { replace: true });
    },
    [count, navigate],
  );
  const toggle = useCallback(() => {
    const { n: from, playing: plays } = latest.current;
    if (plays) {
      go(from);
    } else {
      latest.current = { n: from, playing: order.length > 1 };
      setAuto({ key, n: from });
      setWanted(true);
      navigate({ frame: null }, { replace: true });
    }
  }, [order, key, go, navigate]);
  const step = useCallback((/** @type {number} */ by) => go(latest.current.n + by), [go]);
  return { n, playing, trigger, toggle, go, step };
}

/**
 * The player's keys, wherever the focus is, unless that is in something that uses the key itself.
 * @param {Player} player
 * @param {number} last the last frame
 * @param {boolean} active
 */
export function usePlayerKeys(player, last, active) {
  // As it is drawn now: effects wait for the next frame, keys do not.
  const now = useRef({ player, last, active });
  now.current = { player, last, active };
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const pressed = (event) => {
      const { player, last, active } = now.current;
      if (!active || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : document.body;
      if (target.closest("input, textarea, select, dialog, [contenteditable]")) return;
      const act = actionOf(event.key, target, player, last);
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
}

/**
 * @param {string} pressed
 * @param {Element} target
 * @param {Player} player
 * @param {number} last
 * @returns {(() => void) | null}
 */
function actionOf(pressed, target, player, last) {
  const inTabs = target.closest('[role="tablist"]') !== null;
  // A table wider than the pane is scrolled with the arrows.
  if (target.closest(".scroll:not(.crops)") && pressed.startsWith("Arrow")) return null;
  const inPane = target.closest(".detail") !== null;
  if (pressed === "ArrowLeft" && !inTabs) return () => player.step(-1);
  if (pressed === "ArrowRight" && !inTabs) return () => player.step(1);
  if (pressed === "Home" && inPane && !inTabs) return () => player.go(0);
  if (pressed === "End" && inPane && !inTabs) return () => player.go(last);
  if (pressed === " " && !target.closest("button, a, summary, label, [role=tab]")) return player.toggle;
  if (pressed === "t" && player.trigger !== null) {
    const trigger = player.trigger;
    return () => player.go(trigger);
  }
  return null;
}
