import process from "node:process";

/** Resident memory of this process in bytes. */
export function memoryInUse(): number {
  return process.memoryUsage.rss();
}
