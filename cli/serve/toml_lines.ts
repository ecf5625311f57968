/** `key`, `"key"` or `'key'`, at the beginning of a text. */
const KEY = /^\s*(?:([A-Za-z0-9_-]+)|"((?:[^"\\]|\\.)*)"|'([^']*)')\s*/;

/**
 * On which line of a TOML text a value is, or the nearest table above it that has a line; the parser does
 * not say that.
 *
 * @param path its keys, from the top; of a table that there may be several of, its index is one too.
 * @returns the number of the line, from 1; null for one that is not written as a table or key.
 */
export function lineOf(text: string, path: readonly (string | number)[]): number | null {
  const lines = text.split("\n");
  let table: (string | number)[] = [];
  let tables = 0;
  let found: { readonly line: number; readonly depth: number } | null = null;
  lines.forEach((line, index) => {
    const header = /^\s*\[{1,2}([^\]]*(?:"[^"]*"|'[^']*')?[^\]]*)\]/.exec(line);
    if (header !== null) {
      table = keysIn(header[1]).keys;
      const isOneOfSeveral = typeof path[table.length] === "number";
      if (isOneOfSeveral && table.every((key, place) => key === path[place])) table.push(tables++);
    }
    const { keys, rest } = header === null ? keysIn(line) : { keys: [], rest: "=" };
    if (!rest.startsWith("=")) return;
    const all = [...table, ...keys];
    const depth = all.length;
    if (depth > path.length || all.some((key, place) => key !== path[place])) return;
    if (found === null || depth > found.depth) found = { line: index + 1, depth };
  });
  return (found as { readonly line: number } | null)?.line ?? null;
}

/** The keys with dots between them that a text begins with, and what follows. */
function keysIn(text: string): { keys: string[]; rest: string } {
  const keys: string[] = [];
  let rest = text;
  for (let match = KEY.exec(rest); match !== null; match = KEY.exec(rest)) {
    const [all, bare, quoted, literal] = match;
    keys.push(bare ?? literal ?? unescaped(quoted));
    rest = rest.slice(all.length);
    if (!rest.startsWith(".")) break;
    rest = rest.slice(1);
  }
  return { keys, rest };
}

function unescaped(quoted: string): string {
  try {
    return JSON.parse(`"${quoted}"`);
  } catch {
    return quoted;
  }
}
