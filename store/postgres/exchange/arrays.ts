/** A list of numbers or truth values as PostgreSQL writes arrays. */
export function arrayText(items: readonly (number | boolean)[]): string {
  return `{${items.join()}}`;
}

/** Byte strings one behind the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    all.set(part, position);
    position += part.length;
  }
  return all;
}
