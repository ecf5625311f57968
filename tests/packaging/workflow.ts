/**
 * The workflows of GitHub, as far as the tests ask about them.
 *
 * @module
 */
import { parse } from "yaml";
import { textOf } from "./packaged.ts";

/** Rights of a job: scope to level. */
export type Permissions = Record<string, string>;

/** A step of a job: an action, or commands. */
export interface Step {
  readonly uses?: string;
  readonly run?: string;
}

/** A job. */
export interface Job {
  readonly needs?: string | string[];
  readonly uses?: string;
  readonly steps?: Step[];
  readonly permissions?: Permissions;
  readonly strategy?: { matrix: Record<string, string[] | Record<string, string>[]> };
  readonly "timeout-minutes"?: number;
}

/** A workflow. */
export interface Workflow {
  readonly permissions: Permissions;
  readonly jobs: Record<string, Job>;
}

/** Their paths from the top folder. */
export const WORKFLOWS = [".github/workflows/release.yml", ".github/workflows/test.yml"];

/** Reads one. */
export function workflow(path: string): Workflow {
  return parse(textOf(path));
}

/** The jobs of all workflows, with a name to tell them apart. */
export function allJobs(): [string, Job][] {
  return WORKFLOWS.flatMap((path) =>
    Object.entries(workflow(path).jobs).map(([name, job]): [string, Job] => [
      `${path}: ${name}`,
      job,
    ])
  );
}

/** The jobs that have to be done before one. */
export function before(jobs: Record<string, Job>, name: string): Set<string> {
  const needed = [jobs[name].needs ?? []].flat();
  return new Set([...needed, ...needed.flatMap((other) => [...before(jobs, other)])]);
}

/** The values of a key of a job's matrix. */
export function matrixValues({ strategy }: Job, key: string): string[] {
  const { include = [], [key]: listed = [] } = strategy?.matrix ?? {};
  const values = [...listed, ...(include as Record<string, string>[]).map((one) => one[key])];
  return [...new Set(values.filter((value) => value !== undefined))].map(String).sort();
}

/** The lines that a job runs, once for each value of its matrix that they name. */
export function commands(job: Job): string[] {
  const lines = (job.steps ?? []).flatMap(({ run = "" }) => run.split("\n"));
  return lines.flatMap((line) => {
    const key = /\$\{\{ matrix\.(\w+) \}\}/.exec(line);
    if (key === null) return [line];
    return matrixValues(job, key[1]).map((value) => line.replaceAll(key[0], value));
  });
}
