import { execFileSync } from "node:child_process";
import process from "node:process";
import { OptionError } from "../options/option_error.ts";
import { searchPath } from "./search_path.ts";

/** A user of this machine, whom root can become. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** All groups. */
  readonly groups: readonly number[];
}

/**
 * Looks a user up, by name or number.
 *
 * @throws {OptionError} when there is no such user, or this process is not root's.
 */
export function userNamed(name: string): User {
  if (process.getuid?.() !== 0) {
    throw new OptionError("-u/--user: only root can become another user");
  }
  const ask = (what: string) => {
    try {
      return execFileSync("id", [what, "--", name], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
        env: searchPath(),
      });
    } catch {
      throw new OptionError(`-u/--user: there is no user ${JSON.stringify(name)}`);
    }
  };
  return {
    name,
    uid: Number(ask("-u")),
    gid: Number(ask("-g")),
    groups: ask("-G").trim().split(/\s+/).map(Number),
  };
}

/**
 * Gives the rights of root up for those of a user.
 *
 * @returns what could not be given up, for the log; null when all is.
 */
export function becomeUser({ uid, gid, groups }: User): string | null {
  // Deno has no setgroups.
  process.setgroups?.([...groups]);
  process.setgid!(gid);
  process.setuid!(uid);
  const kept = (process.getgroups?.() ?? []).filter((group) => !groups.includes(group));
  if (kept.length === 0) return null;
  return `This runtime cannot give up groups of root: ${kept.join(", ")} stay`;
}
