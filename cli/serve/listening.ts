import { type Listener, ListenError, type Server } from "../../mod.ts";
import { addressesOf, type ListenAddress } from "./listen_address.ts";
import type { ServeSettings } from "./settings.ts";

/** What an address family that this machine has switched off, or lacks, is answered with. */
const UNAVAILABLE = ["EADDRNOTAVAIL", "EAFNOSUPPORT"];

/** One socket to open. */
interface Wanted {
  readonly port: number | { readonly path: string };
  readonly localAddr?: string;
}

/**
 * Opens every socket that the settings ask for. A name stands for all its addresses, as for
 * gearmand; those that this machine does not have are passed over as long as there is another.
 *
 * @param port for addresses without a port of their own; 0 takes one free port for all addresses of
 * a name.
 * @throws {ListenError} when an address cannot be listened on.
 */
export async function listenOnAll(
  server: Server,
  settings: ServeSettings,
  port: number,
): Promise<Listener[]> {
  const listeners: Listener[] = [];
  for (const address of withoutCovered(settings.listen ?? [{}])) {
    listeners.push(...await listenOn(server, settings, address, port));
  }
  return listeners;
}

async function listenOn(
  server: Server,
  settings: ServeSettings,
  address: ListenAddress,
  defaultPort: number,
): Promise<Listener[]> {
  const open = async ({ port, localAddr }: Wanted): Promise<Listener> => {
    const { backlog, accept: acceptPerLoop } = settings;
    const listener = server.createListeningSock(port, { localAddr, backlog, acceptPerLoop });
    // On Node it does not listen before.
    await listener.ready;
    return listener;
  };
  if ("path" in address) return [await open({ port: { path: address.path } })];
  const { host, port = defaultPort } = address;
  if (host === undefined) return [await open({ port })];
  const listeners: Listener[] = [];
  let unavailable: unknown;
  for (const localAddr of await addressesOf(host)) {
    try {
      listeners.push(await open({ port: port || (listeners[0]?.addr.port ?? 0), localAddr }));
    } catch (error) {
      if (!(error instanceof ListenError) || !UNAVAILABLE.includes(error.code)) throw error;
      unavailable = error;
    }
  }
  if (listeners.length === 0) throw unavailable;
  return listeners;
}

/** The socket of `::` takes IPv4 too, so that one of `0.0.0.0` on the same port could not open. */
function withoutCovered(addresses: readonly ListenAddress[]): ListenAddress[] {
  const isAny = (address: ListenAddress, host: string | undefined, port: number | undefined) =>
    !("path" in address) && address.host === host && address.port === port;
  return addresses.filter((address) =>
    "path" in address || address.host !== "0.0.0.0" ||
    !addresses.some((other) =>
      isAny(other, "::", address.port) || isAny(other, undefined, address.port)
    )
  );
}
