/**
 * What PHP's `serialize` has written, as text that can be read.
 *
 * @module
 */

const DEEPEST = 100;
const DIGITS = /^-?\d+$/;

/** The value in the bytes as indented text; null if they are not what PHP writes, to the last byte. */
export function phpText(bytes: Uint8Array): string | null {
  const reader = new PhpReader(bytes);
  try {
    const text = reader.value("", 0);
    return reader.isAtEnd ? text : null;
  } catch (error) {
    if (error instanceof NoPhp) return null;
    throw error;
  }
}

class NoPhp extends Error {}

class PhpReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Reads a value; the lines after its first begin with the indent. */
  value(indent: string, depth: number): string {
    if (depth > DEEPEST) throw new NoPhp();
    const kind = this.#character();
    if (kind === "N") {
      this.#expect(";");
      return "null";
    }
    this.#expect(":");
    switch (kind) {
      case "b":
        return this.#until(";") === "1" ? "true" : "false";
      case "i":
        return this.#integer(";");
      case "d":
        return this.#float();
      case "s": {
        const text = this.#string();
        this.#expect(";");
        return text;
      }
      case "a":
        return this.#entries(indent, depth, "[", "]", " => ");
      case "O":
        return this.#object(indent, depth);
      case "E": {
        const name = this.#string();
        this.#expect(";");
        return `enum ${JSON.parse(name)}`;
      }
      case "C":
        return this.#custom();
      case "r":
      case "R":
        return `(the same as value ${this.#integer(";")})`;
    }
    throw new NoPhp();
  }

  #object(indent: string, depth: number): string {
    const name = JSON.parse(this.#string());
    this.#expect(":");
    return `${name} ${this.#entries(indent, depth, "{", "}", ": ")}`;
  }

  /** An object that has written itself. */
  #custom(): string {
    const name = JSON.parse(this.#string());
    this.#expect(":");
    const length = this.#length(":");
    this.#expect("{");
    const text = this.#take(length);
    this.#expect("}");
    return `${name} ${JSON.stringify(text)}`;
  }

  #entries(indent: string, depth: number, open: string, close: string, between: string): string {
    const size = this.#length(":");
    this.#expect("{");
    const inner = `${indent}  `;
    const lines: string[] = [];
    for (let n = 0; n < size; n++) {
      const key = this.value(inner, depth + 1);
      lines.push(
        `${inner}${open === "{" ? property(key) : key}${between}${this.value(inner, depth + 1)}`,
      );
    }
    this.#expect("}");
    return size === 0 ? `${open}${close}` : `${open}\n${lines.join(",\n")}\n${indent}${close}`;
  }

  #float(): string {
    const text = this.#until(";");
    if (!/^(-?INF|NAN|-?[\d.]+(E[+-]?\d+)?)$/i.test(text)) throw new NoPhp();
    return text;
  }

  #integer(end: string): string {
    const text = this.#until(end);
    if (!DIGITS.test(text)) throw new NoPhp();
    return text;
  }

  #length(end: string): number {
    const length = Number(this.#integer(end));
    if (length < 0 || length > this.#bytes.length) throw new NoPhp();
    return length;
  }

  #string(): string {
    const length = this.#length(":");
    this.#expect('"');
    const text = this.#take(length);
    this.#expect('"');
    return JSON.stringify(text);
  }

  #take(length: number): string {
    if (this.#at + length > this.#bytes.length) throw new NoPhp();
    const taken = this.#bytes.subarray(this.#at, this.#at += length);
    return new TextDecoder().decode(taken);
  }

  #until(end: string): string {
    const at = this.#bytes.indexOf(end.charCodeAt(0), this.#at);
    if (at < 0) throw new NoPhp();
    const text = new TextDecoder("latin1").decode(this.#bytes.subarray(this.#at, at));
    this.#at = at + 1;
    return text;
  }

  #character(): string {
    if (this.isAtEnd) throw new NoPhp();
    return String.fromCharCode(this.#bytes[this.#at++]);
  }

  #expect(character: string): void {
    if (this.#character() !== character) throw new NoPhp();
  }
}

/** A property as PHP's tools write it: one that is private or protected has NULs in its name. */
function property(key: string): string {
  if (!key.startsWith('"')) return key;
  const [, owner, name] = JSON.parse(key).split("\0");
  if (name === undefined) return JSON.parse(key);
  return owner === "*" ? `protected ${name}` : `private ${name} (of ${owner})`;
}
