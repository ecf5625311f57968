/** @jsxImportSource preact */
/**
 * What a person may do with dead jobs; each asks before.
 *
 * @module
 */
import type { ComponentChildren } from "preact";
import type { DeadJobAnswer, DeadOrderAnswer } from "../../api/dead_types.ts";
import type { FunctionAnswer } from "../../api/types.ts";
import { askJson, functionPath, send, withQuery } from "./api.ts";
import { confirm, tellError } from "./parts/confirm.tsx";
import { Name } from "./parts/text.tsx";
import { decodedName, visible } from "./text.ts";
import { count, counted } from "./units.ts";

/** Puts a live job with the dead ones. */
export function buryJob(handle: string, then: () => void): void {
  confirm({
    title: "Bury this job?",
    body: (
      <p>
        {visible(handle)}{" "}
        is dead from now on: no worker gets it until somebody kicks it. Who waits for it is told
        that it failed.
      </p>
    ),
    action: "Bury the job",
    isHarmful: true,
    run: async () => {
      await send("POST", `/jobs/${encodeURIComponent(handle)}/bury`);
      then();
      return `${visible(handle)} is buried.`;
    },
  });
}

/** Brings a dead job back. */
export function kickJob({ handle, function: func }: DeadJobAnswer, then: () => void): void {
  confirm({
    title: "Kick this job?",
    body: (
      <p>
        {visible(handle)} of <Name of={func} />{" "}
        goes to the end of its queue, and may run as often as a new job.
      </p>
    ),
    action: "Kick the job",
    run: async () => {
      await send("POST", `/dead/${encodeURIComponent(handle)}/kick`);
      then();
      return `${visible(handle)} is kicked.`;
    },
  });
}

/** Drops a dead job. */
export function dropJob({ handle, function: func }: DeadJobAnswer, then: () => void): void {
  confirm({
    title: "Drop this job?",
    body: (
      <p>
        {visible(handle)} of <Name of={func} /> is gone for good. This cannot be undone.
      </p>
    ),
    action: "Drop the job",
    isHarmful: true,
    run: async () => {
      await send("DELETE", `/dead/${encodeURIComponent(handle)}`);
      then();
      return `${visible(handle)} is dropped.`;
    },
  });
}

/** Brings the dead jobs of a function back, as many as the person has seen; its name is percent-encoded. */
export function kickAll(name: string, then: () => void): Promise<void> {
  return orderAll({
    name,
    then,
    verb: "Kick",
    done: "kicked",
    body: "They go to the end of their queue. Those whose unique a live job has stay dead.",
    order: (dead) => send("POST", withQuery("/dead/kick", { function: name, count: String(dead) })),
  });
}

/** Drops the dead jobs of a function, whose name is percent-encoded. */
export function dropAll(name: string, then: () => void): Promise<void> {
  return orderAll({
    name,
    then,
    verb: "Drop",
    done: "dropped",
    isHarmful: true,
    body: "They are gone for good. This cannot be undone.",
    order: () => send("DELETE", withQuery("/dead", { function: name })),
  });
}

interface OrderAboutAll {
  readonly name: string;
  readonly verb: string;
  readonly done: string;
  readonly isHarmful?: boolean;
  /** What becomes of them. */
  readonly body: ComponentChildren;
  order(dead: number): Promise<DeadOrderAnswer>;
  then(): void;
}

/** Counts the dead jobs of a function, and does it after the person has seen the number. */
async function orderAll(about: OrderAboutAll): Promise<void> {
  const { name, verb, done, isHarmful, body, order, then } = about;
  try {
    const { dead } = await askJson<FunctionAnswer>(functionPath(name));
    confirm({
      title: `${verb} ${counted(dead, "dead job")}?`,
      body: (
        <>
          <p>
            <b class="figure">{count(dead)}</b> {dead === 1 ? "job" : "jobs"} of{" "}
            <Name of={decodedName(name)} /> {dead === 1 ? "is" : "are"} dead.
          </p>
          <p>{body}</p>
        </>
      ),
      action: `${verb} ${counted(dead, "job")}`,
      isHarmful,
      run: async () => {
        const { jobs } = await order(dead);
        then();
        return `${counted(jobs, "job")} ${jobs === 1 ? "is" : "are"} ${done}.`;
      },
    });
  } catch (error) {
    tellError(error);
  }
}
