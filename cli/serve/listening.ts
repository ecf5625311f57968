import { type Listener, ListenError, type ListeningSockOptions, type Server } from "../../mod.ts";
import { addressesOf, type ListenAddress } from "./listen_address.ts";
import { socketRights } from "./socket_rights.ts";
import type { ServeSettings } from "./settings.ts";

/** What an address family that this machine has switched off, or lacks, is answered with. */
const UNAVAILABLE = ["EADDRNOTAVAIL", "EAFNOSUPPORT"];

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
  const { backlog, accept: acceptPerLoop } = settings;
  const rights = socketRights(settings);
  const open: Open = async (place, options) => {
    const common = { backlog, acceptPerLoop };
    const listener = server.createListeningSock(place, { ...common, ...options });
    // On Node it does not listen before.
    await listener.ready;
    return listener;
  };
  const listeners: Listener[] = [];
  for (const address of withoutCovered(settings.listen ?? [{}])) {
    if ("path" in address) listeners.push(await open(address, rights));
    else {listeners.push(
        ...await listenOnHost(open, { host: address.host, port: address.port ?? port }),
      );}
  }
  return listeners;
}

type Open = (
  place: number | { readonly path: string },
  options?: ListeningSockOptions,
) => Promise<Listener>;

async function listenOnHost(
  open: Open,
  { host, port }: { readonly host?: string; readonly port: number },
): Promise<Listener[]> {
  if (host === undefined) return [await open(port)];
  const listeners: Listener[] = [];
  let unavailable: unknown;
  for (const localAddr of await addressesOf(host)) {
    try {
      listeners.push(await open(port || (listeners[0]?.addr.port ?? 0), { localAddr }));
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
