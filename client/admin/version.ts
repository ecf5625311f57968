import type { TextConnection } from "./text_connection.ts";

/** What a server says of its version. */
export interface ServerVersion {
  /** As it says it: `1.1.20+ds`, `v1.130.1`, `2.0.0+geartrain.0.1.0`. */
  readonly version: string;
  /** Of geartrain; null if it is another server. */
  readonly geartrain: string | null;
}

/** Which server it is, in a few words. */
export function brand({ version, geartrain }: ServerVersion): string {
  return geartrain === null ? `version ${version}` : `geartrain ${geartrain}`;
}

/** `version` */
export async function serverVersion(server: TextConnection): Promise<ServerVersion> {
  const version = (await server.ask("version")).replace(/^OK /, "");
  const [, geartrain = null] = /\+geartrain\.(\S+)$/.exec(version) ?? [];
  return { version, geartrain };
}
