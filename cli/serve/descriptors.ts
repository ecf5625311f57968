import { descriptorLimit } from "../../transport/machine.ts";
import { OptionError } from "../../options/kinds.ts";
import { HTTP_CONNECTIONS } from "../../transport/http/limits.ts";
import type { ServeSettings } from "./options.ts";

/**
 * Descriptors that are not for connections: those of the runtime, listeners, log and store, about 35, of
 * peers that are about to close, and of those who ask a full server what is wrong.
 */
const RESERVED = 96;
/** Where the system does not tell its limit. */
const ASSUMED_LIMIT = 1024;

/**
 * How many connections fit below the limit of open files.
 *
 * @param wanted what `--file-descriptors` says.
 * @param forHttp how many are for connections of HTTP.
 * @throws {OptionError} when the system allows less than that, or it is too little to serve anybody.
 */
export function connectionsWithin(
  wanted: number | undefined,
  limit = descriptorLimit() ?? ASSUMED_LIMIT,
  forHttp = 0,
): number {
  if (wanted !== undefined && wanted > limit) {
    throw new OptionError(
      `-f/--file-descriptors: this process may have only ${limit}; ` +
        "raise the hard limit first, with ulimit -Hn or LimitNOFILE= of systemd",
    );
  }
  const reserved = RESERVED + forHttp;
  const connections = (wanted ?? limit) - reserved;
  if (connections > 0) return connections;
  throw new OptionError(
    `-f/--file-descriptors: ${wanted ?? limit} is too low; ${reserved} are for the server itself`,
  );
}

/** The same for a server with these settings. A name of several addresses counts as one place. */
export function possibleConnections({ fileDescriptors, http = [] }: ServeSettings): number {
  return connectionsWithin(fileDescriptors, undefined, http.length * HTTP_CONNECTIONS);
}
