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
  if (!isRoot()) {
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

/** Has this process root's rights? */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Does something with the rights of a user instead of root's, which come back afterwards.
 *
 * @param user undefined if nobody else is meant; without effect once this process is his.
 * @param act must be done when it returns.
 */
export function asUser<Result>(user: User | undefined, act: () => Result): Result {
  if (user === undefined || !isRoot()) return act();
  const groups = process.getgroups!();
  // Deno has no setgroups.
  process.setgroups?.([...user.groups]);
  process.setegid!(user.gid);
  process.seteuid!(user.uid);
  try {
    return act();
  } finally {
    process.seteuid!(0);
    process.setegid!(process.getgid!());
    process.setgroups?.(groups);
  }
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
