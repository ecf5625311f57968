import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";

/** Only its owner may read what jobs carry. */
export const FILE_MODE = 0o600;
/** Ends the name of a file that is not given to its owner yet. One that is left over bars nobody. */
export const UNNAMED = "-new";
const CHUNK = 1024 * 1024;

/**
 * Opens a file that is there, and not what a link in its place leads to: root may be at work in a
 * folder of somebody else. `O_NOFOLLOW` alone does not do: Deno may resolve links itself.
 *
 * @param flags those of the system.
 * @returns the descriptor.
 * @throws what the system says, or what is in its place.
 */
export function openItself(path: string, flags: number = constants.O_RDWR): number {
  const found = lstatSync(path);
  if (found.isSymbolicLink()) throw new Error(`${path} is a symbolic link, which is not followed`);
  if (!found.isFile()) throw new Error(`${path} is no file`);
  const descriptor = openSync(path, flags);
  const { ino, dev } = fstatSync(descriptor);
  if (ino === found.ino && dev === found.dev) return descriptor;
  closeSync(descriptor);
  throw new Error(`another file was put in the place of ${path}`);
}

/**
 * Makes a file beside another one, for the owner of that: what root makes, and leaves when it is killed,
 * would keep the user of the server from the database.
 *
 * @param path must not be there, not even as a link.
 * @param model a path or descriptor of the other file.
 * @returns the descriptor.
 * @throws what the system says.
 */
export function makeLike(path: string, model: string | number): number {
  const { uid, gid } = typeof model === "string" ? statSync(model) : fstatSync(model);
  // It gets its name when it is the owner's: root may be killed at any time.
  const unnamed = path + UNNAMED;
  rmSync(unnamed, { force: true });
  const descriptor = make(unnamed, uid, gid);
  try {
    linkSync(unnamed, path);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    if ((error as { code?: string }).code === "EEXIST") throw error;
  } finally {
    rmSync(unnamed, { force: true });
  }
  // Not every disk lets a file have two names.
  return make(path, uid, gid);
}

function make(path: string, uid: number, gid: number): number {
  const descriptor = openSync(path, "wx", FILE_MODE);
  const made = fstatSync(descriptor);
  if (made.uid !== uid || made.gid !== gid) give(descriptor, uid, gid);
  return descriptor;
}

/** Only root can, and not on every disk. */
function give(descriptor: number, uid: number, gid: number): void {
  try {
    fchownSync(descriptor, uid, gid);
  } catch {
    // The file stays with whoever has made it.
  }
}

/**
 * Copies a file to a new one with the same owner, and syncs that.
 *
 * @param from a descriptor.
 * @param path must not be there, not even as a link.
 * @throws what the system says.
 */
export function copyTo(from: number, path: string): void {
  const to = makeLike(path, from);
  try {
    const chunk = new Uint8Array(CHUNK);
    for (let at = 0, length = -1; length !== 0; at += length) {
      length = readSync(from, chunk, 0, chunk.length, at);
      for (let done = 0; done < length;) done += writeSync(to, chunk, done, length - done);
    }
    fsyncSync(to);
  } finally {
    closeSync(to);
  }
}
