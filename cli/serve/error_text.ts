/** What went wrong with a file or a process, in words. */
export function errorText(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return TEXTS[code ?? ""] ?? message ?? String(error);
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
