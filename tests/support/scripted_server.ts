import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

/** What a server sends for a line it has got; null to close the connection. */
export type Reply = (line: string) => string | null;

/** A server on 127.0.0.1 that answers line by line what a test has written down. */
export class ScriptedServer implements Disposable {
  /** The lines that it has got, with their ends. */
  readonly lines: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(reply: Reply, greeting: string) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
      if (greeting !== "") socket.write(greeting);
      let unread = "";
      socket.setEncoding("latin1").on("data", (text: string) => {
        unread += text;
        for (let end = unread.indexOf("\n"); end >= 0; end = unread.indexOf("\n")) {
          const line = unread.slice(0, end + 1);
          unread = unread.slice(end + 1);
          this.lines.push(line);
          const answer = reply(line.trimEnd());
          if (answer === null) socket.end();
          else if (answer !== "") socket.write(answer);
        }
      });
    });
  }

  /** Starts one on a free port; it may speak first. */
  static async start(reply: Reply, greeting = ""): Promise<ScriptedServer> {
    const scripted = new ScriptedServer(reply, greeting);
    scripted.#server.listen(0, "127.0.0.1");
    await once(scripted.#server, "listening");
    return scripted;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** The port as a word of a command line. */
  get portText(): string {
    return `${this.port}`;
  }

  /** Ends all connections; new ones are accepted. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  [Symbol.dispose](): void {
    this.#server.close();
    this.dropConnections();
  }
}
