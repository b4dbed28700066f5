/** What waits, and what everything runs on. */
import { formatClock, formatCount, NOTHING, plural } from "../format.js";
import { html } from "../html.js";
import { Bar, Panel } from "./parts.js";
import { latest, system } from "./state.js";
import { sizeWords, STATE_TONES, TONES } from "./words.js";

/** @type {[string, string, string][]} name, words, where it is seen */
const QUEUES = [
  ["unreplayed", "sequences not replayed", "/replay?match=not_replayed"],
  ["backlog_waiting", "sequences in the annotator's queue", "/triage"],
  ["backlog_unscored", "of them not scored", "/triage"],
  ["outbox_waiting", "messages to be sent", "/alerts"],
];

/** @param {import("./types.js").Latest} data */
function drawQueue({ queue }) {
  const pools = (system.held.value?.data.prefect?.pools ?? []).filter(({ queued, running }) => queued || running);
  return html`<table class="lines-of">
    <caption class="unseen">What waits</caption>
    <tbody>
      ${QUEUES.map(([name, text, href]) => html`<tr key=${name}><td class="number big">${queue[name] === null || queue[name] === undefined ? NOTHING : formatCount(queue[name] ?? 0)}</td><th scope="row"><a href=${href}>${text}</a></th></tr>`)}
      ${pools.map(({ name, queued, running }) => html`<tr key=${`pool ${name}`}><td class="number big">${formatCount(queued ?? 0)}</td><th scope="row">queued in <span class="mono">${name}</span>${running ? `, ${formatCount(running)} run` : ""}</th></tr>`)}
    </tbody>
  </table>`;
}

export const QueuePanel = () => html`<${Panel} title="Queue" place="queue" panel=${latest} draw=${drawQueue} />`;

/** A resource that fills up.
 * @param {{ name: string, percent: number | null, text: string }} props */
function Resource({ name, percent, text }) {
  const tone = percent === null ? "" : percent >= 95 ? "poor" : percent >= 85 ? "fair" : "good";
  return html`<div class="resource"><dt>${name}</dt><dd><strong>${percent === null ? NOTHING : `${Math.round(percent)}\u00a0%`}</strong> <span class="muted">${text}</span><${Bar} part=${(percent ?? 0) / 100} tone=${tone} /></dd></div>`;
}

/** @param {{ name: string, part: { state: import("./types.js").State, text: string } | null, children?: unknown }} props */
function Service({ name, part, children }) {
  const state = part?.state ?? "unknown";
  return html`<div class=${`service ${STATE_TONES[state]}`}><dt><span class=${`mark ${TONES[state]}`}>${name}</span></dt><dd>${part?.text || NOTHING}${children}</dd></div>`;
}

/** @param {import("./types.js").System} data */
function drawSystem({ cpu, ram, disk, gpu, docker, object_store: store, prefect }) {
  const workers = prefect?.workers ?? [];
  const containers = docker?.containers ?? [];
  return html`<dl class="resources">
      ${cpu !== null && html`<${Resource} name="CPU" percent=${cpu.percent} text=${`${plural(cpu.cores, "core")}${cpu.load1 === null ? "" : `, load ${cpu.load1.toFixed(1)}`}`} />`}
      ${ram !== null && html`<${Resource} name="Memory" percent=${ram.percent} text=${`${sizeWords(ram.used)} of ${sizeWords(ram.total)}`} />`}
      ${disk.map(({ what, percent, free }) => html`<${Resource} key=${what} name=${`Disk, ${what}`} percent=${percent} text=${`${sizeWords(free)} free`} />`)}
      ${(gpu ?? []).map(({ name, percent, memory_used: used, memory_total: total }) => html`<${Resource} key=${name} name=${name} percent=${percent} text=${`${sizeWords(used)} of ${sizeWords(total)}`} />`)}
    </dl>
    <dl class="services">
      <${Service} name="Docker" part=${docker}>${(containers.length > 0 || (docker?.images.length ?? 0) > 0) && html`<details><summary>${plural(containers.length, "container")}, ${plural(docker?.images.length ?? 0, "image")}</summary><ul class="mono">${containers.map(({ name, state }) => html`<li key=${name}>${name} <span class="muted">${state}</span></li>`)}${docker?.images.map(({ tag, size }) => html`<li key=${tag}>${tag} <span class="muted">${sizeWords(size)}</span></li>`)}</ul></details>`}<//>
      <${Service} name="Frames" part=${store} />
      <${Service} name="Prefect" part=${prefect}>${workers.length > 0 && html`<ul>${workers.map(({ pool, name, state, heartbeat_at: at }) => html`<li key=${name}><span class=${`mark ${state.toLowerCase() === "online" ? "right" : "warn"}`}>${name}</span> <span class="muted">${pool}, heard ${formatClock(at)}</span></li>`)}</ul>`}<//>
    </dl>`;
}

export const SystemPanel = () => html`<${Panel} title="System" place="system" panel=${system} draw=${drawSystem} lines=${5} />`;
