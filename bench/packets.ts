/** One array of the same bytes. */
export function joined(arrays: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let position = 0;
  for (const array of arrays) {
    bytes.set(array, position);
    position += array.length;
  }
  return bytes;
}

/** The same packet several times over. */
export function repeated(packet: Uint8Array, times: number): Uint8Array {
  return joined(new Array<Uint8Array>(times).fill(packet));
}
