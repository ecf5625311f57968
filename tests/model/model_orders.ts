/** What operators order: pauses of functions, quiet workers, other due times. */

import type { Model } from "./model.ts";
import { waiting } from "./model_queues.ts";
import type { ModelPeer } from "./model_state.ts";

/** @param seconds for how long; null for no end. */
export function pause(model: Model, func: string, seconds: number | null): string {
  model.pauses.set(func, seconds === null ? Infinity : model.wall + seconds * 1000);
  return "OK\n";
}

/** Workers are woken as if all that waits had just come. */
export function resume(model: Model, func: string): string {
  if (!model.pauses.delete(func)) return "ERR NOT_PAUSED the+function+is+not+paused\r\n";
  for (const _ of waiting(model, func)) model.wakes.push(func);
  return "OK\n";
}

export function quiet(model: Model, peer: ModelPeer, isQuiet: boolean): string {
  if (peer.abilities.length === 0) return "ERR UNKNOWN_WORKER\r\n";
  if (isQuiet && !peer.isQuiet) {
    peer.isQuiet = true;
    peer.firstFor = [];
    // It will not fetch what it was woken for.
    model.replace(peer, ...peer.wokenFor);
    peer.wokenFor = [];
  } else if (!isQuiet && peer.isQuiet) {
    peer.isQuiet = false;
    if (peer.isSleeping) model.preSleep(peer);
  }
  return "OK 1\n";
}

/** A job that waits for its time is to wait until then. */
export function move(model: Model, handle: string, due: number): string {
  const job = model.jobs.find((other) => other.handle === handle);
  if (job === undefined) return "ERR UNKNOWN_JOB\r\n";
  if (job.state !== "scheduled") return "ERR NOT_SCHEDULED the+job+does+not+wait+for+its+time\r\n";
  model.schedule(job, due);
  return "OK\n";
}
