/** Which row of the replay screen's table is active. */
import { navigate, route, rows, selection } from "./state.js";
import { keyAt, rowOf } from "./store.js";
import { walked } from "./walking.js";

export const { activeKey, activeRow, positions, shownKeys, activePosition, pick, move } = walked({
  route,
  navigate,
  rows,
  selection,
  keyAt,
  rowOf,
});
