/** A number as workers and servers write it; nonsense is 0, as for the C server. */
export function count(text: string): number {
  const value = parseFloat(text);
  return Number.isFinite(value) ? value : 0;
}
