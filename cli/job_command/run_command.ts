/**
 * Does a job by a command of the system, for `geartrain work` and `gearman -w`: `process_group.ts`
 * starts the command and ends it, `output.ts` reads what it writes.
 * @module
 */
import process from "node:process";
import type { Writable } from "node:stream";
import { clearTimeout, setTimeout } from "node:timers";
import { JobFailedError } from "../../client/errors.ts";
import type { WorkerJob } from "../../client/worker_job.ts";
import { type OutputMode, outputOf } from "./output.ts";
import { type CommandEnd, ProcessGroup } from "./process_group.ts";
import { statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { OptionError } from "../../options/kinds.ts";

export interface JobCommand {
  readonly words: readonly string[];
  /** What becomes of its output. */
  readonly output: OutputMode;
  /** Is its standard error sent as warnings? Otherwise it is that of this program. */
  readonly sendsWarnings?: boolean;
  /** Milliseconds that it may take. */
  readonly timeout?: number;
}

/**
 * Does a job by a command: the payload is its standard input. With another exit status than 0, or
 * when a signal ended it, the job fails; what it has written until then is sent as data.
 *
 * @returns the result.
 * @throws {JobFailedError} when the command fails, and when it takes too long, writes too much or
 * cannot be started; then a warning says why.
 */
export async function runCommand(command: JobCommand, job: WorkerJob): Promise<Uint8Array> {
  const { words, output, sendsWarnings: readsErrors = false, timeout } = command;
  const group = new ProcessGroup(words, { environment: environmentOf(job), readsErrors });
  using stopping = stoppingOf(group, job, timeout);
  try {
    feed(group.stdin, job.payload);
    const used = Promise.all([
      output(outputOf(group.stdout, group.ended), job),
      sendErrors(group, job),
      group.ended,
    ]);
    // A command whose output cannot be used, since it is too large, is ended.
    used.catch(stopping.stop);
    await Promise.race([used, stopping.stopped]).catch(() => {});
    if (stopping.reason !== undefined) throw stopping.reason;
    const [result, , end] = await used;
    if (end.status === 0) return result;
    if (result.length > 0) await job.data(result);
    throw failure(end, job);
  } catch (error) {
    if (error instanceof JobFailedError) throw error;
    await group.ended.catch(() => {});
    const { message } = error as Error;
    // It is not sent as an exception: behind gearmand, a client that did not ask for these would wait for ever.
    // It is not awaited: a server that takes nothing now must not keep the place of this job.
    void job.warning(`${message}\n`);
    throw new JobFailedError(message, { cause: error });
  } finally {
    group.stdin.destroy();
  }
}

/** Ends a command before it ends by itself: its time is over, or nobody wants its result. */
function stoppingOf(group: ProcessGroup, { signal }: WorkerJob, timeout: number | undefined) {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const stopping = {
    reason: undefined as Error | undefined,
    /** Resolves when it was stopped. What it wrote may still wait for a client that does not read. */
    stopped: promise,
    stop(reason: Error): void {
      stopping.reason ??= reason;
      group.terminate();
      group.ended.then(resolve, resolve);
    },
    [Symbol.dispose](): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
  const onAbort = () => stopping.stop(signal.reason);
  const onLate = () =>
    stopping.stop(new Error(`the command takes longer than ${timeout! / 1000} s`));
  const timer = timeout === undefined ? undefined : setTimeout(onLate, timeout);
  signal.addEventListener("abort", onAbort);
  return stopping;
}

/** The environment of a command, which tells of its job besides the payload. */
function environmentOf(job: WorkerJob): NodeJS.ProcessEnv {
  const { handle, unique, functionName } = job;
  return {
    ...process.env,
    GEARMAN_HANDLE: handle,
    GEARMAN_UNIQUE: unique,
    GEARMAN_FUNCTION: functionName,
  };
}

/** Gives a command its input. It need not read it, or not all of it. */
function feed(stdin: Writable, payload: Uint8Array): void {
  stdin.on("error", () => {});
  stdin.end(payload);
}

async function sendErrors({ stderr, ended }: ProcessGroup, job: WorkerJob): Promise<void> {
  if (stderr === null) return;
  for await (const chunk of outputOf(stderr, ended)) await job.warning(chunk);
}

function failure({ status, signal }: CommandEnd, job: WorkerJob): JobFailedError {
  const how = signal === null ? `ended with status ${status}` : `was ended by ${signal}`;
  const { functionName, handle } = job;
  return new JobFailedError(`the command ${how}`, { functionName, handle });
}

/** The bits of a file that anybody may run. To ask whether this process may needs a permission on Deno. */
const EXECUTABLE = 0o111;

/**
 * Makes sure that a program can be run, before there are jobs that would fail by it.
 *
 * @param name a path, or a name to look for in the directories of PATH.
 * @throws {OptionError} when there is no such program.
 */
export function checkCommand(name: string): void {
  // Windows finds programs in its own ways.
  if (process.platform === "win32") return;
  if (name.includes("/")) {
    if (isExecutable(name)) return;
    throw new OptionError(`${JSON.stringify(name)} is not a program that can be run`);
  }
  const directories = (process.env.PATH ?? "/usr/bin:/bin").split(delimiter);
  if (directories.some((directory) => isExecutable(join(directory, name)))) return;
  throw new OptionError(`there is no command ${JSON.stringify(name)}`);
}

function isExecutable(path: string): boolean {
  try {
    const stats = statSync(path);
    return stats.isFile() && (stats.mode & EXECUTABLE) !== 0;
  } catch (error) {
    // On Deno, a program that may run the command need not be allowed to look for it.
    return (error as Error).name === "NotCapable";
  }
}
