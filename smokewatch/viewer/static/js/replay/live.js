/** The replay screen's rows as they come. */
import { fed } from "../feed.js";
import { plural } from "../format.js";
import { rows } from "./state.js";
import { decodeRows } from "./store.js";

export const { refresh, stayFresh } = fed({
  url: "/api/sequences",
  rows,
  decode: decodeRows,
  news: (before, now) => (now.count > before.count ? `${plural(now.count - before.count, "new sequence")}.` : "Results were updated."),
});
