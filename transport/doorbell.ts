/**
 * A connection of this process with itself, for Deno: what is written at one end is read at the other
 * only after a look at the sockets, which is then a look at all of them.
 */
export class Doorbell implements Disposable {
  readonly #button: Deno.Conn;
  readonly #bell: Deno.Conn;
  readonly #press = new Uint8Array(1);
  readonly #rung = new Uint8Array(16);

  private constructor(button: Deno.Conn, bell: Deno.Conn) {
    this.#button = button;
    this.#bell = bell;
  }

  /** Resolves with null where this process may not connect to itself, or cannot. */
  static async open(): Promise<Doorbell | null> {
    const hostname = "127.0.0.1";
    if (Deno.permissions.querySync({ name: "net", host: hostname }).state !== "granted") {
      return null;
    }
    try {
      using listener = Deno.listen({ hostname, port: 0 });
      const button = await Deno.connect({ hostname, port: (listener.addr as Deno.NetAddr).port });
      button.setNoDelay(true);
      try {
        return new Doorbell(button, await acceptFrom(listener, button));
      } catch (error) {
        button.close();
        throw error;
      }
    } catch {
      return null;
    }
  }

  /** Resolves after the next look; with false if it cannot ring any more. */
  async ring(): Promise<boolean> {
    try {
      await this.#button.write(this.#press);
      return await this.#bell.read(this.#rung) !== null;
    } catch {
      return false;
    }
  }

  /** Lets go of both ends; whoever waits for a ring is told. */
  [Symbol.dispose](): void {
    this.#button.close();
    this.#bell.close();
  }
}

/** Somebody else might be faster. */
async function acceptFrom(listener: Deno.Listener, button: Deno.Conn): Promise<Deno.Conn> {
  const { port } = button.localAddr as Deno.NetAddr;
  for (;;) {
    const conn = await listener.accept();
    if ((conn.remoteAddr as Deno.NetAddr).port === port) return conn;
    conn.close();
  }
}
