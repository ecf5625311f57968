/** Collects the parts of a configuration file that are ignored, with their lines. */
export class IgnoredParts {
  readonly #lines: readonly (readonly string[])[];
  readonly #parts: { readonly line: number; readonly key: string }[] = [];
  /** Where a name was found last, as an index. */
  readonly #found = new Map<string, number>();

  /** Nothing yet of a file with this text. */
  constructor(text: string) {
    this.#lines = text.split("\n").map((line) => namesIn(line.replace(/^\s*#.*/, "")));
  }

  /** Adds a word or a key, up to its equals sign. */
  add(word: string): void {
    const [name] = namesIn(word);
    const last = this.#found.get(name) ?? -1;
    const next = this.#lines.findIndex((names, index) => index > last && names.includes(name));
    const index = next < 0 ? last : next;
    this.#found.set(name, index);
    this.#parts.push({ line: index + 1, key: keyOf(word) });
  }

  /** Adds every line of a text that says something. */
  addLines(text: string): void {
    for (const line of text.split("\n").map((line) => line.trim())) {
      if (line !== "" && !line.startsWith("#")) this.add(line);
    }
  }

  /** In the order of the lines: `line 2 port`. */
  texts(): string[] {
    return this.#parts.toSorted((a, b) => a.line - b.line)
      .map(({ line, key }) => line === 0 ? key : `line ${line} ${key}`);
  }
}

function keyOf(text: string): string {
  return /^.[^=\s]*/s.exec(text)?.[0] ?? "";
}

/** The names in a text, without dashes, quotes and brackets around them. */
function namesIn(text: string): string[] {
  return text.split(/[\s=."'[\]]+/).map((name) => name.replace(/^-+/, "")).filter((name) =>
    name !== ""
  );
}
