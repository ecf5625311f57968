import { readFileSync } from "node:fs";

/** Where Unix systems keep the names of services and their ports. */
const SERVICES = "/etc/services";

/** The TCP port of a service, by its name or another name of it; undefined if nobody knows it. */
export function serviceNamed(name: string): number | undefined {
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
