import { hostname, totalmem } from "node:os";
import process from "node:process";
import { MAX_HANDLE_PREFIX_LENGTH } from "../router/mod.ts";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import v8 from "node:v8";

/** The name of this machine; `localhost` where it may not be read. */
export function nameOfMachine(): string {
  return mayRead("hostname") ? hostname() : "localhost";
}

/** `H:<name of this machine>`, as handles begin; `H:localhost` where the name may not be read. */
export function defaultHandlePrefix(): string {
  return `H:${nameOfMachine().replace(/[^0-9A-Za-z.-]/g, "-")}`.slice(0, MAX_HANDLE_PREFIX_LENGTH);
}

/** Bun replaces this name by the text when it builds a binary. */
declare const GEARTRAIN_COMMIT: string | undefined;

/** The commit that a binary was built from; empty for what is no binary. */
export function commitOfBuild(): string {
  if (typeof GEARTRAIN_COMMIT === "string") return GEARTRAIN_COMMIT;
  // Binaries that Deno builds have it in their environment.
  const name = "GEARTRAIN_COMMIT";
  const may = !("Deno" in globalThis) ||
    Deno.permissions.querySync({ name: "env", variable: name }).state === "granted";
  return may ? process.env[name] ?? "" : "";
}

/** Process id of this server. */
export function processId(): number {
  return process.pid;
}

/**
 * How many files and sockets this process may have open; undefined where neither the system nor a
 * shell tells. The runtimes raise it to the hard limit when they start, but do not tell it: Linux
 * does, and a shell, which inherits it.
 */
export function descriptorLimit(): number | undefined {
  return limitOfLinux() ?? limitOfShell();
}

/** At once, where a shell takes as long as all the rest of the start. Undefined elsewhere. */
export function limitOfLinux(): number | undefined {
  const [, limit] = /^Max open files +(\d+|unlimited)/m.exec(textOf("/proc/self/limits")) ?? [];
  return numberOf(limit);
}

function limitOfShell(): number | undefined {
  return numberOf(systemOutput("sh", "-c", "ulimit -n")?.trim());
}

function numberOf(limit: string | undefined): number | undefined {
  return limit === "unlimited" ? Infinity : Number(limit) || undefined;
}

/** How much memory a process may take, in bytes. */
export interface ProcessMemory {
  /** That of the machine, or of the container, whichever is less. */
  readonly total: number;
  /** What of it may hold objects: V8 (Deno, Node) ends the program when they take more. */
  readonly objects: number;
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
  const total = mayRead("systemMemoryInfo")
    ? Math.min(totalmem(), containerMemory(), groupLimit(readText))
    : heap;
  // What Bun tells of a heap is not a limit.
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
    // "max" means that there is not any limit.
    least = Math.min(least, parseInt(read(`${root}${group}/${file}`), 10) || Infinity);
    if (group === "") return least;
  }
}

function readText(path: string): string {
  // It would ask for all permissions; it reads the same files itself for what it tells of the container.
  if ("Deno" in globalThis) return "";
  return textOf(path);
}

/** The text of a file of the system; `""` if there is no such file, or it may not be read. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Another system, or Deno without all permissions.
    return "";
  }
}

/** Does Deno allow this without a prompt? The other runtimes allow everything. */
function mayRead(kind: "hostname" | "systemMemoryInfo"): boolean {
  return !("Deno" in globalThis) ||
    Deno.permissions.querySync({ name: "sys", kind }).state === "granted";
}

/**
 * The environment of the system's small programs: where to look for programs, and nothing else.
 * On Deno one that passes all variables on would need leave to read all of them.
 */
export function searchPath(): { PATH: string } {
  return { PATH: process.env.PATH ?? "/usr/bin:/bin" };
}

/** What a small program of the system prints; undefined if it fails, is missing or may not be run. */
export function systemOutput(program: string, ...args: readonly string[]): string | undefined {
  try {
    return execFileSync(program, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      env: searchPath(),
    });
  } catch {
    return undefined;
  }
}
