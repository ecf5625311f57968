import { closeSync, constants, fchownSync, fstatSync, lstatSync, openSync } from "node:fs";
import { openItself } from "../../store/file_itself.ts";
import { asUser, isRoot, pathOutOfReach, type User } from "./user.ts";

const { O_CREAT, O_EXCL, O_RDWR } = constants;

interface OpenFileOptions {
  /** The flags of the system without `O_CREAT`: a file that is missing is made. */
  readonly flags: number;
  readonly mode: number;
  /** The user who is to own the file, if this process becomes that user. */
  readonly user?: User;
  /** Is a link in its place followed? It is not where root opens it for the user. */
  readonly followsLink: boolean;
}

/**
 * Opens a file with the rights of the user that the server becomes. Where these do not suffice, root opens it and
 * gives it to that user, but only where the user cannot have influenced which file that is: see
 * {@linkcode pathOutOfReach}.
 *
 * @returns the descriptor.
 * @throws what the system says, or what is in its place.
 */
export function openFile(path: string, options: OpenFileOptions): number {
  const { flags, mode, user, followsLink } = options;
  try {
    return asUser(
      user,
      () => followsLink ? openSync(path, flags | O_CREAT, mode) : openOrMake(path, flags, mode),
    );
  } catch (error) {
    if (user === undefined || !isRoot() || !isRefusal(error)) throw error;
    const found = pathOutOfReach(path, user);
    if (found === null) throw error;
    return openAsRoot(found, flags, mode, user);
  }
}

/**
 * Makes a file that is missing, and gives it to a user.
 *
 * @param path what {@linkcode pathOutOfReach} has found.
 * @throws what the system says, or what is in its place.
 */
export function giveFile(path: string, mode: number, user: User): void {
  closeSync(openAsRoot(path, O_RDWR, mode, user));
}

function openAsRoot(path: string, flags: number, mode: number, { uid, gid }: User): number {
  const descriptor = openOrMake(path, flags, mode);
  try {
    // By its other name it may be a file of somebody else.
    if (fstatSync(descriptor).nlink > 1) throw new Error("it has other names (hard links) too");
    fchownSync(descriptor, uid, gid);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Opens a file or makes it, but not what a link leads to. */
function openOrMake(path: string, flags: number, mode: number): number {
  const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  return isThere ? openItself(path, flags) : openSync(path, flags | O_CREAT | O_EXCL, mode);
}

/**
 * What went wrong with a file or a process, in words.
 *
 * @param user with whose rights it was tried, if not with those of this process.
 */
export function errorText(error: unknown, user?: User): string {
  const { code, message } = error as { code?: string; message?: string };
  const text = TEXTS[code ?? ""] ?? message ?? String(error);
  return user !== undefined && isRefusal(error) ? `${text} for the user ${user.name}` : text;
}

/** Has the system refused it for lack of rights? */
function isRefusal(error: unknown): boolean {
  return ["EACCES", "EPERM"].includes((error as { code?: string }).code ?? "");
}

const TEXTS: Record<string, string> = {
  EACCES: "permission denied",
  EISDIR: "it is a directory",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on the device",
  ENOTDIR: "a part of the path is not a directory",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
};
