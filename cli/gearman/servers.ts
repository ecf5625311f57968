import process from "node:process";
import { parseServerAddress } from "../../client/server_address.ts";
import { serverAddresses } from "../options/servers.ts";
import type { GearmanSettings } from "./options.ts";

/**
 * The servers that the tool would use: those of GEARMAN_SERVERS, and those of GEARMAN_SERVER or else
 * the one of -h and -p.
 *
 * @throws {TypeError} for an address that is none.
 */
export function gearmanServers({ host = "", port = 0 }: GearmanSettings): string[] {
  const { GEARMAN_SERVER: instead, GEARMAN_SERVERS: besides = "" } = process.env;
  const also = addressesIn(besides);
  if (instead !== undefined) {
    const addresses = addressesIn(instead);
    return addresses.length + also.length > 0 ? [...also, ...addresses] : serverAddresses({});
  }
  const given = serverAddresses({
    host: host === "" ? [] : [host],
    port: port === 0 ? undefined : port,
  });
  return [...also, ...given];
}

function addressesIn(list: string): string[] {
  const addresses = list.split(",").map((address) => address.trim()).filter((text) => text !== "");
  for (const address of addresses) parseServerAddress(address);
  return addresses;
}
