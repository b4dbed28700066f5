/** Asking the server: JSON with problem errors (RFC 9457), another try where the connection failed, an end on abort and
 * where no answer comes. */

const WAITS = [300, 900, 2700];
/** Milliseconds; an answer that takes longer is none: a server that hangs is lost too. */
const PATIENCE = 30_000;
const UNANSWERED = { status: 0, title: "No answer from smokewatch", hint: "Is `smokewatch serve` running?" };
const PASSING = new Set([0, 502, 503, 504]);

/** What went wrong, in the server's words. `status` 0: no answer came. */
export class Problem extends Error {
  /** @param {{ status: number, title: string, detail?: string, hint?: string }} problem */
  constructor({ status, title, detail = "", hint = "" }) {
    super(detail ? `${title}: ${detail}` : title);
    this.name = "Problem";
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.hint = hint;
  }

  /** Whether the server could not be reached at all. */
  get unreachable() {
    return PASSING.has(this.status);
  }
}

/** True for the error of a request that the page itself gave up.
 * @param {unknown} error
 * @returns {boolean} */
export function isAbort(error) {
  return error instanceof DOMException && error.name === "AbortError";
}

/** An error as a Problem, whatever it was.
 * @param {unknown} error
 * @returns {Problem} */
export function asProblem(error) {
  if (error instanceof Problem) return error;
  return new Problem({ status: -1, title: "The page failed", detail: error instanceof Error ? error.message : String(error) });
}

/** One request; a Problem unless 200 or 304 came.
 * @param {string} url
 * @param {RequestInit} options
 * @returns {Promise<Response>} */
async function request(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Problem({ ...UNANSWERED, detail: "the connection failed" });
  }
  if (response.ok || response.status === 304) return response;
  /** @type {Record<string, unknown>} */
  let body = {};
  if ((response.headers.get("content-type") ?? "").includes("json")) {
    try {
      body = await response.json();
    } catch (error) {
      if (isAbort(error)) throw error;
    }
  }
  throw new Problem({
    status: response.status,
    title: typeof body.title === "string" ? body.title : `The server answered ${response.status}`,
    detail: typeof body.detail === "string" ? body.detail : response.statusText,
    hint: typeof body.hint === "string" ? body.hint : "",
  });
}

/** @param {number} milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<void>} */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(new DOMException("The request was given up", "AbortError"));
      },
      { once: true },
    );
  });
}

/** @template T
 * @param {(signal: AbortSignal) => Promise<T>} ask
 * @param {number} retries
 * @param {AbortSignal} signal
 * @returns {Promise<T>} */
async function tried(ask, retries, signal) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask(signal);
    } catch (error) {
      if (!(error instanceof Problem) || !error.unreachable || tries >= retries) throw error;
      await pause(WAITS[Math.min(tries, WAITS.length - 1)] ?? 0, signal);
    }
  }
}

/** Ask, with an end: all tries together are waited for no longer than PATIENCE.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} ask
 * @param {number} retries
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>} */
async function answered(ask, retries, signal) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    return await tried(ask, retries, signal ? AbortSignal.any([signal, patience.signal]) : patience.signal);
  } catch (error) {
    if (!isAbort(error) || signal?.aborted) throw error;
    throw new Problem({ ...UNANSWERED, detail: `none within ${PATIENCE / 1000} s` });
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Response} response
 * @returns {Promise<any>} */
async function bodyOf(response) {
  try {
    return await response.json();
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Problem({ status: 0, title: "The answer broke off", detail: "it is not whole JSON" });
  }
}

/** A JSON reply.
 * @param {string} url
 * @param {{ signal?: AbortSignal, retries?: number }} [options] retries: further tries where no answer came
 * @returns {Promise<any>}
 * @throws {Problem} when none came, or the server's problem; an AbortError when `signal` ended it */
export async function fetchJson(url, { signal, retries = 2 } = {}) {
  return answered(async (own) => bodyOf(await request(url, { signal: own })), retries, signal);
}

/** A JSON reply unless it is the one that is known already.
 * @param {string} url
 * @param {string | null} etag of the known reply
 * @param {{ signal?: AbortSignal, retries?: number }} [options]
 * @returns {Promise<{ data: any, etag: string | null } | null>} null: nothing changed
 * @throws {Problem} as fetchJson */
export async function fetchChanged(url, etag, { signal, retries = 0 } = {}) {
  return answered(
    async (own) => {
      // The browser's own cache would turn a 304 into a 200 with the old body; asking past it keeps the 304.
      const options = etag ? { headers: { "If-None-Match": etag }, cache: /** @type {const} */ ("no-store") } : {};
      const response = await request(url, { ...options, signal: own });
      if (response.status === 304) return null;
      return { data: await bodyOf(response), etag: response.headers.get("etag") };
    },
    retries,
    signal,
  );
}
