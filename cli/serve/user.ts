import process from "node:process";
import { OptionError } from "../../options/kinds.ts";
import { systemOutput } from "../../transport/machine.ts";
import { lstatSync, readlinkSync, type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";

/** A user of this machine, whom root can become. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
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
    const answer = systemOutput("id", what, "--", name);
    if (answer !== undefined) return answer;
    throw new OptionError(`-u/--user: there is no user ${JSON.stringify(name)}`);
  };
  return {
    name,
    uid: Number(ask("-u")),
    gid: Number(ask("-g")),
    groups: ask("-G").trim().split(/\s+/).map(Number),
  };
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Calls a function with the rights of a user instead of root's, which come back afterwards.
 *
 * @param user undefined to keep the rights of this process; without effect once this process is that user's.
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

/** How many links on a path the system follows. */
const MOST_LINKS = 40;
const WRITE = 0o2;
/** The bit of a folder in which everybody may write, but remove only what is their own. */
const STICKY = 0o1000;

/**
 * What a path leads to, if a user can have no hand in that: every folder on the way, and of each link on
 * it, is root's, and neither everybody nor the user may write there; or, as in `/tmp`, not take away what
 * root has there. As modes tell; access lists are not looked at.
 *
 * @returns the path without links, or null if the user could lead root elsewhere.
 */
export function pathOutOfReach(path: string, user: User): string | null {
  const rest = partsOf(resolve(path));
  let at: string = sep;
  let links = 0;
  while (rest.length > 0) {
    const part = rest.shift()!;
    if (part === "..") {
      at = dirname(at);
      continue;
    }
    const next = join(at, part);
    const found = lstatSync(next, { throwIfNoEntry: false });
    if (!isOutOfReach(at, found, user)) return null;
    if (found?.isSymbolicLink() !== true) {
      at = next;
      continue;
    }
    if (++links > MOST_LINKS) return null;
    const target = readlinkSync(next);
    rest.unshift(...partsOf(target));
    if (isAbsolute(target)) at = sep;
  }
  return at;
}

function partsOf(path: string): string[] {
  return path.split(sep).filter((part) => part !== "" && part !== ".");
}

/** @param entry what is there under a name in the folder. */
function isOutOfReach(folder: string, entry: Stats | undefined, user: User): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined || !found.isDirectory() || found.uid !== 0) return false;
  const isClosed = ((found.mode | bitsFor(user, found)) & WRITE) === 0;
  return isClosed || ((found.mode & STICKY) !== 0 && entry?.uid === 0);
}

/** What somebody may do with a file or folder, as one digit of its mode. */
export function bitsFor({ uid, groups }: User, { uid: owner, gid, mode }: Stats): number {
  if (uid === 0) return 0o7;
  if (uid === owner) return (mode >> 6) & 0o7;
  return (groups.includes(gid) ? mode >> 3 : mode) & 0o7;
}
