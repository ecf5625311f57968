/**
 * The order in which a unique tries the servers: each unique has its own, the same in all programs
 * that name the servers alike, and a server that goes or comes changes the first choice of no more
 * uniques than it must (rendezvous hashing).
 */
export function orderOf<Server extends { readonly name: string }>(
  servers: readonly Server[],
  unique: Uint8Array,
): Server[] {
  const hash = hashOf(unique);
  return servers
    .map((server) => ({ server, score: mixed(hash ^ hashOf(encoder.encode(server.name))) }))
    .sort((a, b) => a.score - b.score)
    .map(({ server }) => server);
}

const encoder = new TextEncoder();

/** FNV-1a, 32 bits. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

/** Every bit of the input changes about half of those of the output (the end of MurmurHash3). */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
