/** @jsxImportSource preact */
/**
 * What a person may do to the server; each asks before with the numbers of it.
 *
 * @module
 */
import type { CancelAnswer, CancelRequest, MaxQueueRequest } from "../../api/types.ts";
import type { ToldFunction } from "../../api/told.ts";
import { functionPath, send } from "./api.ts";
import { snapshot } from "./live.ts";
import { confirm, tellError } from "./parts/confirm.tsx";
import { Name } from "./parts/text.tsx";
import { encodedName, visible } from "./text.ts";
import { count, counted } from "./units.ts";

/** May the person do something? */
export function mayAct(): boolean {
  return snapshot.value !== null && !snapshot.value.server.readOnly;
}

/** Cancels a job. */
export function cancelJob(
  job: { readonly handle: string; readonly function?: string },
  then: () => void,
): void {
  confirm({
    title: "Cancel this job?",
    body: (
      <p>
        {visible(job.handle)} of <Name of={job.function ?? ""} />{" "}
        ends as cancelled; who waits for it is told.
      </p>
    ),
    action: "Cancel the job",
    isHarmful: true,
    run: async () => {
      await send("DELETE", `/jobs/${encodeURIComponent(job.handle)}`);
      then();
      return `${visible(job.handle)} is cancelled.`;
    },
  });
}

/** Counts what a filter matches, and cancels that many after the person has seen the number. */
export async function cancelMatching(
  filter: Omit<CancelRequest, "dryRun">,
  words: string,
  then: () => void,
): Promise<void> {
  try {
    const { matched } = await send<CancelAnswer>("POST", "/jobs/cancel", {
      ...filter,
      dryRun: true,
    });
    confirm({
      title: `Cancel ${counted(matched, "job")}?`,
      body: (
        <>
          <p>
            <b class="figure">{count(matched)}</b> {matched === 1 ? "job matches" : "jobs match"}:
            {" "}
            {visible(words)}.
          </p>
          <p>
            {matched === 0
              ? "There is nothing to cancel."
              : "They end as cancelled; who waits for them is told. This cannot be undone."}
          </p>
        </>
      ),
      action: `Cancel ${counted(matched, "job")}`,
      isHarmful: true,
      run: async () => {
        const { cancelled } = await send<CancelAnswer>("POST", "/jobs/cancel", {
          ...filter,
          dryRun: false,
        });
        then();
        return `${counted(cancelled, "job")} ${cancelled === 1 ? "is" : "are"} cancelled.`;
      },
    });
  } catch (error) {
    tellError(error);
  }
}

/** Sets with how many live jobs of a function further ones are refused, by their priority. */
export function setMaxQueue(func: ToldFunction, limits: MaxQueueRequest, then: () => void): void {
  const said = (limit: number) => limit === 0 ? "no limit" : count(limit);
  confirm({
    title: "Change the limits?",
    body: (
      <p>
        <Name of={func.name} />{" "}
        takes no further job when it has so many, waiting, scheduled or running: of high priority
        {" "}
        {said(limits.high)}, of normal {said(limits.normal)}, of low{" "}
        {said(limits.low)}. Those that it has stay.
      </p>
    ),
    action: "Set the limits",
    run: async () => {
      await send(
        "PUT",
        functionPath(encodedName(func.name, func.nameBase64), "/max-queue"),
        limits,
      );
      then();
      return "The limits are set.";
    },
  });
}

/** Drops a function that has neither jobs nor workers. */
export function dropFunction(func: ToldFunction, then: () => void): void {
  confirm({
    title: "Drop this function?",
    body: (
      <p>
        <Name of={func.name} /> has {counted(func.jobs, "job")} and{" "}
        {counted(func.workers, "worker")}. It goes with its counts and limits; it comes again when a
        worker or a client names it.
      </p>
    ),
    action: "Drop the function",
    isHarmful: true,
    run: async () => {
      await send("DELETE", functionPath(encodedName(func.name, func.nameBase64)));
      then();
      return `${visible(func.name)} is dropped.`;
    },
  });
}

/** Lets the server finish what runs, and take nothing more. */
export function drain(): void {
  const server = snapshot.value!.server;
  confirm({
    title: "Drain the server?",
    body: (
      <p>
        It refuses new jobs from now on and finishes the {counted(server.running, "job")} that{" "}
        {server.running === 1 ? "runs" : "run"}. Only a restart ends this.
      </p>
    ),
    action: "Drain the server",
    isHarmful: true,
    run: async () => {
      await send("POST", "/server/drain");
      return "The server drains.";
    },
  });
}
