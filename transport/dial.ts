import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Link } from "../router/mod.ts";
import { transport as sockets } from "./choose.ts";
import { addressText, ConnectError, connectError } from "./socket_errors.ts";
import type { Accept, ConnectOptions, LinkSettings, Transport } from "./transport.ts";

/** How long to try, and who may end it. */
export interface DialLimits {
  /** Milliseconds for all addresses of the server together. */
  readonly timeout: number;
  /** Ends the attempt; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to a server by name or address. A name with several addresses stands for all of them:
 * they are tried in turn, and the first that answers is taken.
 *
 * @throws {ConnectError} when none does, with what the last one said; `ETIMEDOUT` when the time is
 * over.
 */
export function dial(
  options: ConnectOptions,
  settings: LinkSettings,
  { timeout, signal }: DialLimits,
  accept: Accept,
  transport: Pick<Transport, "connect"> = sockets,
): Promise<Link> {
  return new Promise<Link>((resolve, reject) => {
    const attempt = { isOver: false };
    const end = (settle: () => void) => {
      if (attempt.isOver) return;
      attempt.isOver = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
      settle();
    };
    const aborted = () => end(() => reject(signal!.reason));
    const timer = setTimeout(() => {
      end(() => reject(connectError({ code: "ETIMEDOUT" }, options)));
    }, timeout);
    if (signal?.aborted) return aborted();
    signal?.addEventListener("abort", aborted);
    connectToAny(options, attempt, (address) => transport.connect(address, settings, accept)).then(
      (link) => {
        // Nobody waits for it any more.
        if (attempt.isOver) link?.destroy();
        else end(() => resolve(link!));
      },
      (error) => end(() => reject(error)),
    );
  });
}

/** Tries one address after the other; null when the attempt is over before. */
async function connectToAny(
  options: ConnectOptions,
  attempt: { readonly isOver: boolean },
  connect: (address: ConnectOptions) => Promise<Link>,
): Promise<Link | null> {
  let failure: ConnectError | undefined;
  for (const address of await addressesOf(options)) {
    if (attempt.isOver) return null;
    try {
      return await connect(address);
    } catch (error) {
      failure = connectError(error, options);
    }
  }
  if (failure !== undefined) throw failure;
  throw new ConnectError("ENOTFOUND", addressText(options), "the name has no address");
}

async function addressesOf(options: ConnectOptions): Promise<ConnectOptions[]> {
  const { hostname = "localhost", path } = options;
  if (path !== undefined || isIP(hostname) !== 0) return [options];
  try {
    const found = await lookup(hostname, { all: true });
    return found.map(({ address }) => ({ ...options, hostname: address }));
  } catch (error) {
    throw connectError(error, options);
  }
}
