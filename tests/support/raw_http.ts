/**
 * A client of HTTP that writes what it is told, byte by byte: no client that keeps to the rules sends
 * half a header.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { DEADLINE } from "./raw_peer.ts";

/** Where to connect. */
export type HttpPlace = { readonly port: number } | { readonly path: string };

/** One connection. Every wait fails after {@linkcode DEADLINE}. */
export class RawHttp implements Disposable {
  readonly #socket: Socket;
  #arrived = "";
  #isClosed = false;
  #retry: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#arrived += bytes.toString("latin1");
      this.#retry?.();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#isClosed = true;
      this.#retry?.();
    });
  }

  /** Connects to this machine. */
  static connect(place: HttpPlace): Promise<RawHttp> {
    return new Promise((resolve, reject) => {
      const where = "path" in place ? place : { host: "127.0.0.1", ...place };
      const socket = connect(where, () => resolve(new RawHttp(socket)));
      socket.once("error", reject);
    });
  }

  /** Writes characters as bytes. */
  send(text: string): this {
    this.#socket.write(Buffer.from(text, "latin1"));
    return this;
  }

  /** Sends a request without a body, or with the headers of one. */
  get(path: string, headers: Readonly<Record<string, string>> = {}): this {
    const lines = Object.entries({ Host: "localhost", ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`);
    return this.send(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  }

  /** All that has arrived, once a part of it matches. */
  until(wanted: RegExp): Promise<string> {
    return this.#wait(`${wanted}`, () => wanted.test(this.#arrived) ? this.#arrived : null);
  }

  /** All that has arrived, once the server has closed the connection. */
  untilClosed(): Promise<string> {
    return this.#wait("the end", () => this.#isClosed ? this.#arrived : null);
  }

  #wait(what: string, attempt: () => string | null): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#retry = null;
        reject(new Error(`waited for ${what}, got ${JSON.stringify(this.#arrived)}`));
      }, DEADLINE);
      this.#retry = () => {
        const found = attempt();
        if (found === null && !this.#isClosed) return;
        this.#retry = null;
        clearTimeout(timer);
        if (found !== null) resolve(found);
        else reject(new Error(`closed before ${what}, got ${JSON.stringify(this.#arrived)}`));
      };
      this.#retry();
    });
  }

  /** Stops reading what comes. */
  pause(): void {
    this.#socket.pause();
  }

  /** Cuts the connection. */
  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
