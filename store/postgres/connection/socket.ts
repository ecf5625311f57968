import type { Buffer } from "node:buffer";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import type { PostgresHost, PostgresUrl } from "./url.ts";

/** What asks a PostgreSQL for encryption: length and code. */
const SSL_REQUEST = Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47);
const YES = "S".charCodeAt(0);

/** A socket cannot be had because of what was asked for: it would be the same the next time. */
export class SslError extends Error {}

/**
 * A connection to a PostgreSQL, encrypted as the URL says, on which nothing has been said yet.
 *
 * @param opening hears of each socket at once, so that it can be destroyed while it is opened.
 */
export async function openSocket(
  { sslMode, sslRootCert }: PostgresUrl,
  host: PostgresHost,
  opening: (socket: Socket) => void,
): Promise<Socket> {
  if (host.host.startsWith("/")) return await openPlain(host, opening);
  const socket = await openPlain(host, opening);
  if (sslMode === "disable") return socket;
  if (!await accepts(socket)) {
    if (sslMode === "prefer") return socket;
    socket.destroy();
    throw new SslError(`it offers no TLS, which sslmode=${sslMode} wants`);
  }
  const encrypted = connectTls({ socket, ...checks(sslMode, sslRootCert, host.host) });
  opening(encrypted);
  await once(encrypted, "secureConnect");
  return encrypted;
}

async function openPlain(
  { host, port }: PostgresHost,
  opening: (socket: Socket) => void,
): Promise<Socket> {
  const place = host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  const socket = connectPlain(place);
  opening(socket);
  await once(socket, "connect");
  socket.setNoDelay(true);
  return socket;
}

/** Asks whether the server speaks TLS. It says so in one byte, and nothing more before it is spoken to. */
async function accepts(socket: Socket): Promise<boolean> {
  const answer = Promise.race([
    once(socket, "data"),
    once(socket, "close").then(() => Promise.reject(new Error("the connection was closed"))),
  ]);
  socket.write(SSL_REQUEST);
  const [bytes] = await answer as [Buffer];
  return bytes.length === 1 && bytes[0] === YES;
}

function checks(
  sslMode: PostgresUrl["sslMode"],
  sslRootCert: string | undefined,
  host: string,
): ConnectionOptions {
  const servername = isIP(host) === 0 ? host : undefined;
  if (sslMode === "prefer" || sslMode === "require") {
    return { servername, rejectUnauthorized: false };
  }
  return {
    servername,
    host,
    rejectUnauthorized: true,
    ...sslRootCert === undefined ? {} : { ca: certificates(sslRootCert) },
    ...sslMode === "verify-ca" ? { checkServerIdentity: () => undefined } : {},
  };
}

function certificates(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new SslError(`sslrootcert cannot be read: ${(error as Error).message}`);
  }
}
