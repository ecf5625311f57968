/** @jsxImportSource preact */
/**
 * What a person may hold back, or let go: functions, workers, jobs that wait for their time.
 *
 * @module
 */
import type { DueRequest, PauseRequest } from "../../api/pause_types.ts";
import type { ToldConnection } from "../../api/told.ts";
import { functionPath, send } from "./api.ts";
import { confirm, tellError } from "./parts/confirm.tsx";
import { Name } from "./parts/text.tsx";
import { decodedName, visible } from "./text.ts";
import { counted, duration, fullTime } from "./units.ts";

/** Pauses a function, whose name is percent-encoded. */
export function pauseFunction(
  { name, waiting }: { readonly name: string; readonly waiting: number },
  request: PauseRequest,
  then: () => void,
): void {
  const { seconds } = request;
  confirm({
    title: "Pause this function?",
    body: (
      <p>
        <Name of={decodedName(name)} /> takes jobs, and no worker gets them,{" "}
        {seconds == null ? "until somebody resumes it" : `for ${duration(seconds)}`};{" "}
        {counted(waiting, "job")} {waiting === 1 ? "waits" : "wait"} now. Jobs that run go on.
      </p>
    ),
    action: "Pause the function",
    run: async () => {
      await send("PUT", functionPath(name, "/pause"), request);
      then();
      return `${visible(decodedName(name))} is paused.`;
    },
  });
}

/** Lets workers have the jobs of a function, whose name is percent-encoded, again. */
export function resumeFunction(name: string, then: () => void): void {
  confirm({
    title: "Resume this function?",
    body: (
      <p>
        Workers get the jobs of <Name of={decodedName(name)} /> again, from now on.
      </p>
    ),
    action: "Resume the function",
    run: async () => {
      await send("DELETE", functionPath(name, "/pause"));
      then();
      return `${visible(decodedName(name))} is resumed.`;
    },
  });
}

/** Lets a worker have no more jobs, or have some again. */
export function setQuiet(
  { id, running = [] }: Pick<ToldConnection, "id" | "running">,
  isQuiet: boolean,
  then: () => void,
): void {
  confirm({
    title: isQuiet ? "Quiet this worker?" : "Let this worker have jobs again?",
    body: (
      <p>
        {isQuiet
          ? `Connection ${id} gets no more jobs until somebody orders otherwise, or until it connects ` +
            `anew. It runs ${counted(running.length, "job")}, which it may finish.`
          : `Connection ${id} gets jobs again, from now on.`}
      </p>
    ),
    action: isQuiet ? "Quiet the worker" : "Let it have jobs",
    run: async () => {
      await send(isQuiet ? "POST" : "DELETE", `/connections/${id}/quiet`);
      then();
      return isQuiet ? `Connection ${id} is quiet.` : `Connection ${id} gets jobs again.`;
    },
  });
}

/** Lets a job that waits for its time run now. */
export function runJob(handle: string, then: () => void): void {
  confirm({
    title: "Run this job now?",
    body: (
      <p>
        {visible(handle)}{" "}
        does not wait for its time any more: it takes its place among those that wait for a worker.
      </p>
    ),
    action: "Run the job",
    run: async () => {
      await send("POST", `/jobs/${encodeURIComponent(handle)}/run`);
      then();
      return `${visible(handle)} is due now.`;
    },
  });
}

/** Lets it wait for another time, as a field of a page has it: `2030-01-31T12:00`, local time. */
export function moveJob(handle: string, time: string, then: () => void): void {
  const due = Date.parse(time);
  if (Number.isNaN(due)) return tellError(new Error("Give a date and a time."));
  confirm({
    title: "Move this job?",
    body: (
      <p>
        {visible(handle)} waits until {fullTime(due)}.
      </p>
    ),
    action: "Move the job",
    run: async () => {
      const request: DueRequest = { at: new Date(due).toISOString() };
      await send("PUT", `/jobs/${encodeURIComponent(handle)}/due`, request);
      then();
      return `${visible(handle)} waits for its new time.`;
    },
  });
}
