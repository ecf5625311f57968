import type { User } from "./user.ts";

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
export function isRefusal(error: unknown): boolean {
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
