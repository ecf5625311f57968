import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { OptionError } from "../../options/kinds.ts";
import { searchPath } from "../../transport/machine.ts";
import type { ServeSettings } from "./settings.ts";

/** What the files of unix sockets get. */
export interface SocketRights {
  /** Permission bits. */
  readonly mode?: number;
  /** Number of the group. */
  readonly group?: number;
}

/**
 * The mode and the number of the group that unix sockets get.
 *
 * @throws {OptionError} when there is no such group, or no unix socket that would get them.
 */
export function socketRights(
  { listen = [], listenMode: mode, listenGroup }: ServeSettings,
): SocketRights {
  const option = mode === undefined ? "--listen-group" : "--listen-mode";
  if (mode === undefined && listenGroup === undefined) return {};
  if (!listen.some((address) => "path" in address)) {
    throw new OptionError(`${option} needs --listen unix:PATH`);
  }
  return { mode, group: listenGroup === undefined ? undefined : groupNamed(listenGroup) };
}

/** The number of a group of this machine; a number stands for itself. */
function groupNamed(name: string): number {
  const group = /^\d+$/.test(name) ? Number(name) : groupOfFile(name) ?? groupOfSystem(name);
  if (group !== undefined) return group;
  throw new OptionError(`--listen-group: there is no group ${JSON.stringify(name)}`);
}

function groupOfFile(name: string): number | undefined {
  try {
    return groupIn(readFileSync("/etc/group", "utf8"), name);
  } catch {
    return undefined;
  }
}

/** Also from a directory of the network, where the system has one and can be asked. */
function groupOfSystem(name: string): number | undefined {
  try {
    const text = execFileSync("getent", ["group", name], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      env: searchPath(),
    });
    return groupIn(text, name);
  } catch {
    return undefined;
  }
}

/** Lines are `name:password:number:members`. */
function groupIn(text: string, name: string): number | undefined {
  const [, , number] = text.split("\n").map((line) => line.split(":"))
    .find(([group]) => group === name) ?? [];
  return number === undefined ? undefined : Number(number);
}
