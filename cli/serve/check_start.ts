/**
 * What `--check-args` looks at beyond the options themselves: what a start would stumble over, found
 * without starting or changing anything.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { accessSync, constants, lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { isIP } from "node:net";
import { checkHttpPlace } from "../../server/http_options.ts";
import { tokensOf } from "./http_listening.ts";
import { OptionError, orOptionError } from "../../options/kinds.ts";
import { passwordIn } from "../options/store_password.ts";
import { possibleConnections } from "./descriptors.ts";
import { streamNamed } from "./log_file.ts";
import { asUser, bitsFor, pathOutOfReach, type User, userNamed } from "./user.ts";
import { searchPath, systemOutput } from "../../transport/machine.ts";
import type { ServeSettings } from "./options.ts";
import { socketRights } from "./listening.ts";

/** A file that the server makes, or writes to if it is there. */
interface OwnFile {
  readonly option: string;
  readonly path: string;
  readonly isSocket?: true;
  readonly mayBeLink?: false;
  /** Does the server make a new file, or others beside it, even if the file exists? */
  readonly needsFolder?: true;
  /** What fails when the user that the server becomes may not write in its folder. */
  readonly later: string;
}

interface Starter {
  readonly uid: number;
  readonly groups: readonly number[];
}

/**
 * Looks at users, groups, limits, and the folders of all files.
 *
 * @param starter who starts the server: this process, unless a test says otherwise.
 * @returns what will go wrong later, when root's rights are given up.
 * @throws {OptionError} for the first thing with which the server would not start.
 */
export function checkStart(settings: ServeSettings, starter?: Starter): string[] {
  const user = settings.user === undefined ? undefined : userNamed(settings.user);
  possibleConnections(settings);
  checkHttp(settings, user);
  asUser(user, () => passwordIn(settings.storePasswordFile));
  checkGroup(socketRights(settings).group, starter);
  const files = filesOf(settings);
  for (const file of files) {
    checkFile(file);
    if (user !== undefined) checkFileOf(file, user);
  }
  return user === undefined ? [] : files.flatMap((file) => laterFailure(file, user));
}

function checkGroup(group: number | undefined, starter?: Starter): void {
  if (group === undefined) return;
  const { uid, groups } = starter ?? thisProcess() ?? { uid: 0, groups: [] };
  if (uid === 0 || groups.includes(group)) return;
  throw new OptionError(
    "--listen-group: only root may give a socket to a group that the user who starts the server is not in",
  );
}

/** Null where the system cannot be asked. A shell asks it: Deno has permission to run that one. */
function thisProcess(): Starter | null {
  const answer = systemOutput("sh", "-c", "id -u && id -G");
  if (answer === undefined) return null;
  const [uid, ...groups] = answer.trim().split(/\s+/).map(Number);
  return { uid, groups };
}

/** Checks the tokens, and that there are some where there must be: that is not known yet of names. */
function checkHttp(settings: ServeSettings, user: User | undefined): void {
  const tokens = tokensOf(settings, user) ?? [];
  for (const address of settings.http ?? []) {
    if ("path" in address) continue;
    const { host = "*", port } = address;
    if (host !== "*" && isIP(host) === 0) continue;
    orOptionError(() => checkHttpPlace({ hostname: host, port }, tokens), "--http: ");
  }
}

function filesOf({ logFile, pidFile, store, listen = [], http = [] }: ServeSettings): OwnFile[] {
  const files: OwnFile[] = [];
  if (logFile !== undefined && logFile !== "none" && streamNamed(logFile) === undefined) {
    const later = "the log cannot be opened again after a rotation";
    files.push({ option: "-l/--log-file", path: logFile, later });
  }
  if (pidFile !== undefined) {
    const later = "the file stays at the end";
    files.push({ option: "-P/--pid-file", path: pidFile, mayBeLink: false, later });
  }
  if (store !== undefined && "file" in store) {
    const later = "SQLite cannot remove its files at the end";
    files.push({ option: "--store", path: store.file, later });
  }
  for (const [option, addresses] of [["-L/--listen", listen], ["--http", http]] as const) {
    for (const address of addresses) {
      if (!("path" in address)) continue;
      const later = "the socket's file stays at the end";
      files.push({ option, path: address.path, isSocket: true, needsFolder: true, later });
    }
  }
  return files;
}

function checkFile({ option, path, isSocket, mayBeLink, needsFolder }: OwnFile): void {
  const wrong = (why: string) => new OptionError(`${option}: ${path}: ${why}`);
  const folder = dirname(resolve(path));
  if (statOf(folder)?.isDirectory() !== true) throw wrong(`there is no folder ${folder}`);
  if (mayBeLink === false && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw wrong("it is a symbolic link, which is not followed");
  }
  const file = statOf(path);
  if (file?.isDirectory()) throw wrong("it is a folder");
  if (isSocket && file !== undefined && !file.isSocket()) {
    throw wrong("it exists, and is not a socket");
  }
  if (file !== undefined && !isSocket && !mayWrite(path)) throw wrong("permission denied");
  if ((file === undefined || needsFolder) && !mayWrite(folder)) {
    throw wrong(`no permission to write in the folder ${folder}`);
  }
}

/** Refuses a file that neither the user of the server can open, nor root for that user. */
function checkFileOf({ option, path, needsFolder }: OwnFile, user: User): void {
  const file = needsFolder ? undefined : statOf(path);
  const folder = realpathSync(dirname(resolve(path)));
  const may = file === undefined
    ? mayWriteIn(folder, user)
    : mayEnter(folder, user) && (bitsFor(user, file) & WRITE) !== 0;
  if (may || pathOutOfReach(path, user) !== null) return;
  throw new OptionError(`${option}: ${path}: permission denied for the user ${user.name}`);
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** May this process write there? A shell asks the system; Deno itself looks at the mode alone. */
function mayWrite(path: string): boolean {
  try {
    execFileSync("sh", ["-c", 'test -w "$1"', "sh", path], { stdio: "ignore", env: searchPath() });
    return true;
  } catch (error) {
    if (typeof (error as { status?: unknown }).status === "number") return false;
  }
  try {
    // This system has no shell.
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function laterFailure({ option, path, later }: OwnFile, user: User): string[] {
  const folder = realpathSync(dirname(resolve(path)));
  const place = `${option}: ${basename(path)} in ${folder}`;
  return mayWriteIn(folder, user) ? [] : [`${place}: ${user.name} may not write there; ${later}`];
}

const WRITE = 0o2;
const ENTER = 0o1;

/** May somebody else make and remove files there? As modes tell; access lists are not looked at. */
function mayWriteIn(folder: string, user: User): boolean {
  return (bitsFor(user, statSync(folder)) & WRITE) !== 0 && mayEnter(folder, user);
}

function mayEnter(folder: string, user: User): boolean {
  if ((bitsFor(user, statSync(folder)) & ENTER) === 0) return false;
  return folder === dirname(folder) || mayEnter(dirname(folder), user);
}
