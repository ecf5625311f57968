import { lchownSync } from "node:fs";
import { type Listener, ListenError, type ListeningSockOptions, type Server } from "../../mod.ts";
import { addressesOf, type ListenSetting } from "./listen_address.ts";
import { asUser, pathOutOfReach, type User } from "./user.ts";
import type { ServeSettings } from "./options.ts";
import { OptionError } from "../../options/kinds.ts";
import { systemOutput, textOf } from "../../transport/machine.ts";

/** The codes of errors for an address family that this machine lacks or has switched off. */
const UNAVAILABLE = ["EADDRNOTAVAIL", "EAFNOSUPPORT"];

/**
 * Opens every socket that the settings ask for. A name stands for all its addresses, as for
 * gearmand; those that this machine does not have are passed over as long as there is another.
 *
 * @param port for addresses without a port of their own; 0 takes one free port for all addresses of
 * a name.
 * @param user who is to own unix sockets, if this process becomes that user. Ports below 1024 need root.
 * @throws {ListenError} when an address cannot be listened on.
 */
export async function listenOnAll(
  server: Server,
  settings: ServeSettings,
  port: number,
  user?: User,
): Promise<Listener[]> {
  const { backlog, accept: acceptPerLoop } = settings;
  const open: Open = async (place, options) => {
    const common = { backlog, acceptPerLoop };
    const listener = server.createListeningSock(place, { ...common, ...options });
    // On Node a listener does not listen before it is ready.
    await listener.ready;
    return listener;
  };
  const rights = socketRights(settings);
  const openUnix = (place: UnixPlace) =>
    openForUser(() => open(place, rights), place, rights, user);
  const listeners: Listener[] = [];
  for (const address of withoutCovered(settings.listen ?? [{}])) {
    if ("path" in address) listeners.push(await openUnix(address));
    else listeners.push(...await listenOnHost(open, address.host, address.port ?? port));
  }
  return listeners;
}

interface UnixPlace {
  readonly path: string;
}

/** Opens one socket. */
export type Open<Place = number | UnixPlace> = (
  place: Place,
  options?: ListeningSockOptions,
) => Promise<Listener>;

/**
 * Has the user open a unix socket, of the group that it is to have: root would follow the user's links. Where
 * only root may make it, and the user cannot have influenced which file that is, root gives it to the user.
 */
export async function openForUser(
  open: () => Promise<Listener>,
  { path }: UnixPlace,
  { group }: SocketRights,
  user: User | undefined,
): Promise<Listener> {
  if (user === undefined) return open();
  const gid = group ?? user.gid;
  const found = pathOutOfReach(path, user);
  if (found === null) return asUser({ ...user, gid }, open);
  const listener = await open();
  lchownSync(found, user.uid, gid);
  return listener;
}

async function listenOnHost(
  open: Open,
  host: string | undefined,
  port: number,
): Promise<Listener[]> {
  if (host === undefined) return [await open(port)];
  return await addressesToListenOn(host, port, (localAddr, port) => open(port, { localAddr }));
}

/**
 * Listens on all addresses of a name that this machine has; with port 0 on one free port.
 *
 * @throws {ListenError} when one of them cannot be listened on, or there are none.
 */
export async function addressesToListenOn(
  host: string,
  port: number,
  open: (address: string, port: number) => Promise<Listener>,
): Promise<Listener[]> {
  const listeners: Listener[] = [];
  let unavailable: unknown;
  for (const address of await addressesOf(host)) {
    try {
      listeners.push(await open(address, port || (listeners[0]?.addr.port ?? 0)));
    } catch (error) {
      if (!(error instanceof ListenError) || !UNAVAILABLE.includes(error.code)) throw error;
      unavailable = error;
    }
  }
  if (listeners.length === 0) throw unavailable;
  return listeners;
}

/** The socket of `::` takes IPv4 too, so that one of `0.0.0.0` on the same port could not open. */
function withoutCovered(addresses: readonly ListenSetting[]): ListenSetting[] {
  const isAny = (address: ListenSetting, host: string | undefined, port: number | undefined) =>
    !("path" in address) && address.host === host && address.port === port;
  return addresses.filter((address) =>
    "path" in address || address.host !== "0.0.0.0" ||
    !addresses.some((other) =>
      isAny(other, "::", address.port) || isAny(other, undefined, address.port)
    )
  );
}

/** The rights of the files of unix sockets. */
interface SocketRights {
  readonly mode?: number;
  readonly group?: number;
}

/**
 * The mode and the number of the group that unix sockets get.
 *
 * @throws {OptionError} when there is no such group, or no unix socket that would get them.
 */
export function socketRights(
  { listen = [], http = [], listenMode: mode, listenGroup }: ServeSettings,
): SocketRights {
  const option = mode === undefined ? "--listen-group" : "--listen-mode";
  if (mode === undefined && listenGroup === undefined) return {};
  if (![...listen, ...http].some((address) => "path" in address)) {
    throw new OptionError(`${option} needs --listen unix:PATH`);
  }
  return { mode, group: listenGroup === undefined ? undefined : groupNamed(listenGroup) };
}

function groupNamed(name: string): number {
  // Groups that are not in the file may be in a directory of the network, which getent asks.
  const group = /^\d+$/.test(name)
    ? Number(name)
    : groupIn(textOf("/etc/group"), name) ?? groupIn(systemOutput("getent", "group", name), name);
  if (group !== undefined) return group;
  throw new OptionError(`--listen-group: there is no group ${JSON.stringify(name)}`);
}

/** The number of a group in lines such as `name:password:number:members`. */
function groupIn(text: string | undefined, name: string): number | undefined {
  const [, , number] = (text ?? "").split("\n").map((line) => line.split(":"))
    .find(([group]) => group === name) ?? [];
  return number === undefined ? undefined : Number(number);
}
