/** Where a listener is: an address, or null for a unix socket. */
export interface Place {
  readonly hostname: string | null;
}

const ANY = ["0.0.0.0", "::"];
const LOCALHOST = "localhost";
/** A name or an address, and perhaps a port. URLs would take much more. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{1,5})?$/i;

/**
 * May a request to a listener have this Host header? A page of a stranger, whose name leads to this
 * server by a trick of DNS, has the name of the stranger in it. So it must be `localhost`, a name that the
 * server was given, or the address of the listener; any address if it listens on all of them. The port
 * does not matter.
 */
export function isOwnHost(
  header: string | null,
  { hostname }: Place,
  names: readonly string[],
): boolean {
  // No page of a stranger gets at a unix socket.
  if (hostname === null) return true;
  const host = hostIn(header ?? "");
  if (host === null) return false;
  if (host === LOCALHOST || names.some((name) => canonical(name) === host)) return true;
  return isAddress(host) && (ANY.includes(hostname) || host === addressIn(hostname));
}

/** The host of a Host header in the one way to write it; null if it is none. */
function hostIn(header: string): string | null {
  const host = HOST.exec(header)?.[1];
  return host === undefined ? null : canonical(host);
}

function canonical(host: string): string | null {
  const [bare] = /^.*[^.]/.exec(host) ?? [""];
  try {
    return new URL(`http://${bare}`).hostname;
  } catch {
    return null;
  }
}

function addressIn(hostname: string): string | null {
  return canonical(hostname.includes(":") ? `[${hostname}]` : hostname);
}

function isAddress(host: string): boolean {
  return host.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
