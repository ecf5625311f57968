/** What the text commands must answer, counted anew from the model. */

import type { Model } from "./model.ts";

export function status(model: Model): string {
  return listing(model, (func) => {
    const jobs = model.jobs.filter((job) => job.func === func);
    const running = jobs.filter((job) => job.state === "running");
    return [jobs.length, running.length];
  });
}

export function prioritystatus(model: Model): string {
  return listing(model, (func) => {
    const jobs = model.jobs.filter((job) => job.func === func && job.state !== "running");
    return [0, 1, 2].map((priority) => jobs.filter((job) => job.priority === priority).length);
  });
}

function listing(model: Model, counts: (func: string) => number[]): string {
  const lines = [...model.functions.keys()].sort()
    .map((func) => [func, ...counts(func), model.workers(func)].join("\t") + "\n");
  return lines.join("") + ".\n";
}

export function showJobs(model: Model): string {
  const lines = model.jobs.map(({ handle, losses, background }) =>
    `${handle}\t${losses}\t0\t${background ? 1 : 0}\n`
  );
  return lines.join("") + ".\n";
}

/** Dead jobs of each function, as they died: handle, function, losses, failures, cause. */
export function dead(model: Model): string[] {
  return model.dead.map(({ handle, func, losses, failures, cause }) =>
    [func, handle, losses, failures, cause].join(" ")
  ).sort(byFirstWord);
}

/** The same from what `show dead` says. */
export function deadIn(text: string): string[] {
  return text.split("\n").slice(0, -2).map((line) => {
    const [handle, func, , , losses, failures, , cause] = line.split("\t");
    return [func, handle, losses, failures, cause].join(" ");
  }).sort(byFirstWord);
}

/** Functions come in any order, their jobs as they died. */
function byFirstWord(one: string, other: string): number {
  const [first, second] = [one, other].map((line) => line.split(" ")[0]);
  return first < second ? -1 : first > second ? 1 : 0;
}

export function jobs(model: Model): string {
  const lines = model.jobs.map(({ func, unique, worker, listeners }) => {
    const address = worker === null ? "-" : `127.0.0.1:${worker.port}`;
    return `${func}\t${unique}\t${address}\t${listeners.length}\n`;
  });
  return lines.join("") + ".\n";
}
