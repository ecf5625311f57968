import { readdir } from "node:fs/promises";
import process from "node:process";
import { limitOfLinux } from "./machine.ts";

/** What this process has used of the machine. */
export interface ProcessUsage {
  /** Seconds of processor time, of the system on its behalf too. */
  readonly cpuSeconds: number;
  /** Memory that it has, in bytes. */
  readonly residentBytes: number;
  /** How much of that objects take, in bytes. */
  readonly heapBytes: number;
  /** When it started, in seconds since the Unix epoch. */
  readonly startSeconds: number;
  /** How many files and sockets it has open; null where that is not told: on Deno, and beside Linux. */
  readonly openDescriptors: number | null;
  /** How many it may have; null likewise. */
  readonly maxDescriptors: number | null;
}

const startSeconds = Date.now() / 1000 - process.uptime();

/** What this process has used by now. */
export async function processUsage(): Promise<ProcessUsage> {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  // Deno reads nothing there without all permissions, and would ask for them.
  const tells = !("Deno" in globalThis) && process.platform === "linux";
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: rss,
    heapBytes: heapUsed,
    startSeconds,
    openDescriptors: tells ? (await readdir("/proc/self/fd")).length : null,
    maxDescriptors: tells ? limitOfLinux() ?? null : null,
  };
}

/** Memory that this process has, in bytes. */
export function residentBytes(): number {
  return process.memoryUsage.rss();
}

/** The runtime with its version, such as `Deno 2.9.6`. */
export function runtimeText(): string {
  const { deno, bun, node } = process.versions;
  if (deno !== undefined) return `Deno ${deno}`;
  return bun === undefined ? `Node ${node}` : `Bun ${bun}`;
}
