import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import process from "node:process";
import v8 from "node:v8";

/** How much memory a process may take, in bytes. */
export interface ProcessMemory {
  /** That of the machine, or of the container, whichever is less. */
  readonly total: number;
  /** What of it may hold objects: V8 (Deno, Node) ends the program when they take more. */
  readonly objects: number;
}

/** The part of Deno that tells whether the memory may be asked for without a prompt. */
interface DenoPermissions {
  permissions: {
    querySync(descriptor: { name: "sys"; kind: "systemMemoryInfo" }): { state: string };
  };
}

/** Folders of control groups: their path follows, then the name of the file with the limit. */
const GROUPS_V1 = "/sys/fs/cgroup/memory";
const GROUPS_V2 = "/sys/fs/cgroup";

let known: ProcessMemory | null = null;

/** How much memory this process may take; looked up once. */
export function processMemory(): ProcessMemory {
  known ??= lookUp();
  return known;
}

function lookUp(): ProcessMemory {
  const heap = v8.getHeapStatistics().heap_size_limit;
  const total = mayReadMemory()
    ? Math.min(totalmem(), containerMemory(), groupLimit(readText))
    : heap;
  // What Bun tells of a heap is no limit.
  return { total, objects: "Bun" in globalThis ? total : Math.min(total, heap) };
}

/** What the runtime knows of the container; nothing, if 0. */
function containerMemory(): number {
  const { constrainedMemory } = process as { constrainedMemory?: () => number };
  return constrainedMemory?.call(process) || Infinity;
}

/**
 * The least limit of the control group of this process and of those around it (version 2 of control
 * groups, and version 1); Infinity without any. In a container its own group is the outermost one.
 *
 * @param read returns the text of a file, or `""` if there is none.
 */
export function groupLimit(read: (path: string) => string): number {
  let least = Infinity;
  for (const line of read("/proc/self/cgroup").split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === "") {
      least = Math.min(least, limitAlong(path, GROUPS_V2, "memory.max", read));
    } else if (controllers?.split(",").includes("memory")) {
      least = Math.min(least, limitAlong(path, GROUPS_V1, "memory.limit_in_bytes", read));
    }
  }
  return least;
}

function limitAlong(
  path: string,
  root: string,
  file: string,
  read: (path: string) => string,
): number {
  let least = Infinity;
  for (let group = path.replace(/\/+$/, "");; group = group.slice(0, group.lastIndexOf("/"))) {
    // "max" is no number, and no limit.
    least = Math.min(least, parseInt(read(`${root}${group}/${file}`), 10) || Infinity);
    if (group === "") return least;
  }
}

function readText(path: string): string {
  // It would ask for all permissions; it reads the same files itself for what it tells of the container.
  if ("Deno" in globalThis) return "";
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Another system, or no such group.
    return "";
  }
}

function mayReadMemory(): boolean {
  const { Deno } = globalThis as { Deno?: DenoPermissions };
  const query = { name: "sys", kind: "systemMemoryInfo" } as const;
  return Deno === undefined || Deno.permissions.querySync(query).state === "granted";
}
