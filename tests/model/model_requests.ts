/** What peers ask for that changes no queue, and the text command that ends a job. */

import type { Model } from "./model.ts";
import { end } from "./model_endings.ts";
import type { ModelJob, ModelPeer } from "./model_state.ts";

export function getStatus(model: Model, peer: ModelPeer, handle: string): void {
  const job = model.jobs.find((other) => other.handle === handle);
  const kept = model.results.get(handle);
  const isKept = job === undefined && kept !== undefined && kept.until > model.wall;
  const numbers = isKept ? `1|0|${kept.total}|${kept.total}` : statusNumbers(job);
  model.expect(peer, "STATUS_RES", handle, numbers);
}

/** The newest job counts; a unique that is none, or makes the payload the key, finds nothing. */
export function getStatusUnique(model: Model, peer: ModelPeer, unique: string): void {
  const isKey = unique !== "" && unique !== "-";
  const job = model.jobs.findLast((other) => isKey && other.unique === unique);
  const clients = job?.listeners.length ?? 0;
  model.expect(peer, "STATUS_RES_UNIQUE", unique, statusNumbers(job), `${clients}`);
}

function statusNumbers(job: ModelJob | undefined): string {
  if (job === undefined) return "0|0|0|0";
  return `1|${job.state === "running" ? 1 : 0}|${job.status}`;
}

export function option(model: Model, peer: ModelPeer, name: string): void {
  if (name === "exceptions") {
    peer.wantsExceptions = true;
    return model.expect(peer, "OPTION_RES", name);
  }
  if (name === "cancel-notice") {
    peer.wantsCancelNotices = true;
    return model.expect(peer, "OPTION_RES", name);
  }
  if (name === "options-in-name") return model.expect(peer, "OPTION_RES", name);
  model.expect(peer, "ERROR", "UNKNOWN_OPTION", "Server does not recognize given option");
}

/** What the worker of a background job sent, in base64. */
export function result(model: Model, handle: string): string {
  if (model.jobs.some((job) => job.handle === handle)) {
    return "ERR NOT_ENDED the+job+has+not+ended\r\n";
  }
  const kept = model.results.get(handle);
  if (kept === undefined || kept.until <= model.wall) return "ERR UNKNOWN_RESULT\r\n";
  const { func, endedAt, until, data } = kept;
  const row = [func, endedAt, until, data.length, data === "" ? "-" : btoa(data)].join("\t");
  return `function\tended\tuntil\tbytes\tresult\n${row}\n.\n`;
}

export function cancel(model: Model, handle: string): string {
  const job = model.jobs.find((other) => other.handle === handle);
  if (job === undefined) return "ERR UNKNOWN_JOB\r\n";
  if (job.worker?.wantsCancelNotices) model.expect(job.worker, "WORK_FAIL", handle);
  for (const listener of job.listeners) model.expect(listener, "WORK_FAIL", handle);
  end(model, job, "cancelled");
  return "OK\r\n";
}
