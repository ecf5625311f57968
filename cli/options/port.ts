import { readFileSync } from "node:fs";
import { integer, type Kind, wrong } from "../../options/kinds.ts";

const MAX_PORT = 65535;
/** Where Unix systems keep the names of services and their ports. */
const SERVICES = "/etc/services";

/** A TCP port: its number, or the name of a service that this machine knows. */
export const port: Kind<number> = {
  ...integer(0, MAX_PORT, "PORT"),
  parse(text) {
    if (/^\d+$/.test(text)) {
      if (Number(text) <= MAX_PORT) return Number(text);
      throw wrong(text, `a port from 0 to ${MAX_PORT}`);
    }
    const known = serviceNamed(text);
    if (known !== undefined) return known;
    throw wrong(text, "a port number or a service name that this machine knows");
  },
};

/** The TCP port of a service, by its name or another name of it; undefined if nobody knows it. */
function serviceNamed(name: string): number | undefined {
  for (const line of servicesText().split("\n")) {
    const [service, portAndProtocol = "", ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
    const [port, protocol] = portAndProtocol.split("/");
    if (protocol === "tcp" && [service, ...aliases].includes(name)) return Number(port);
  }
  return undefined;
}

function servicesText(): string {
  try {
    return readFileSync(SERVICES, "utf8");
  } catch {
    // A system without the file knows no names.
    return "";
  }
}
