import process from "node:process";
import { plainText } from "../../router/log/text.ts";
import {
  ConnectionLostError,
  JobTimeoutError,
  NoServerError,
  ServerError,
} from "../../client/errors.ts";
import { parseServerAddress } from "../../client/server_address.ts";
import { serverAddresses } from "../options/servers.ts";
import type { GearmanSettings } from "./options.ts";
import { Buffer } from "node:buffer";
import { Output } from "../output.ts";

/**
 * Says what went wrong, in the form of the tool.
 *
 * @param where the function of its library in which it would go wrong.
 */
export function complain(where: string, what: string): void {
  process.stderr.write(`gearman: ${where} : ${plainText(what.replaceAll("\n", " "))}\n`);
}

/** Says that none of some servers can be connected to. */
export function notConnected(servers: string, why: string): string {
  return `flush(GEARMAN_COULD_NOT_CONNECT) Connection to ${servers} failed -> ${why}`;
}

/** An error in the words of the tool, and what else is known. */
export function errorText(error: Error, servers: readonly string[]): string {
  const { message } = error;
  if (error instanceof NoServerError) {
    const reasons = error.errors.map(({ message }) => message);
    return notConnected(servers.join(","), reasons.join("; "));
  }
  if (error instanceof JobTimeoutError) {
    return `gearman_wait(GEARMAN_TIMEOUT) timeout reached -> ${message}`;
  }
  if (error instanceof ConnectionLostError) return `(GEARMAN_LOST_CONNECTION) ${message}`;
  if (error instanceof ServerError) return `(GEARMAN_SERVER_ERROR) ${message}`;
  return message;
}

/**
 * The servers that the tool would use: those of GEARMAN_SERVERS, and those of GEARMAN_SERVER or else
 * the one of -h and -p.
 *
 * @throws {TypeError} for what is not an address.
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

/** How many bytes of text wait until they are written, where no terminal reads them. */
const BUFFER_SIZE = 4096;

/**
 * The standard output as a program in C has it, for one that writes data past its buffer: on a pipe,
 * text comes behind data that was written later.
 */
export class Stdio {
  readonly #output: Output;
  #text: Buffer = Buffer.alloc(0);

  constructor(onClosed: () => void) {
    this.#output = new Output(onClosed);
  }

  /** Writes text, by way of the buffer. */
  async text(text: string): Promise<void> {
    this.#text = Buffer.concat([this.#text, Buffer.from(text)]);
    if (process.stdout.isTTY) return await this.flush();
    const full = this.#text.length - this.#text.length % BUFFER_SIZE;
    if (full > 0) await this.#write(full);
  }

  /** Writes data, past the buffer. */
  data(bytes: Uint8Array): Promise<void> {
    return bytes.length === 0 ? Promise.resolve() : this.#output.write(bytes);
  }

  /** Writes everything that waits in the buffer. */
  async flush(): Promise<void> {
    if (this.#text.length > 0) await this.#write(this.#text.length);
  }

  #write(length: number): Promise<void> {
    const ready = this.#text.subarray(0, length);
    this.#text = this.#text.subarray(length);
    return this.#output.write(ready);
  }
}
