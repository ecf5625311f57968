/**
 * A program that accepts connections itself and hands them to the server: here only those that come
 * from an address on its command line, and no more than a hundred at a time.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1:4730 examples/adopt_connection.ts 4730 127.0.0.1
 * bun examples/adopt_connection.ts 4730 127.0.0.1
 * ```
 *
 * Sockets of `node:net` are there on both runtimes. On Deno, `newClient` takes what `Deno.listen`
 * accepts as well:
 *
 * ```ts
 * for await (const conn of Deno.listen({ port: 4730 })) server.newClient(conn);
 * ```
 *
 * @module
 */
import { type AddressInfo, createServer, type Socket } from "node:net";
import process from "node:process";
import { Server } from "@geartrain/server";

const [port, ...welcome] = process.argv.slice(2);
const server = new Server({ maxConnections: 100 });

/** What becomes of a connection that was accepted. */
function take(socket: Socket): string {
  if (!welcome.includes(socket.remoteAddress ?? "")) {
    socket.destroy();
    return "turned away";
  }
  try {
    server.newClient(socket);
    return "served";
  } catch (error) {
    // The server is full or stops: it has told the peer and closes the socket.
    return `not served: ${(error as Error).message}`;
  }
}

const acceptor = createServer((socket) => {
  const { remoteAddress, remotePort } = socket;
  console.log(`${remoteAddress}:${remotePort} ${take(socket)}`);
});

acceptor.listen(Number(port), "127.0.0.1", () => {
  const { address, port } = acceptor.address() as AddressInfo;
  console.log(`Gearman on ${address}:${port}`);
});

// stop() ends the connections that the server was given; it knows nothing of the acceptor.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    acceptor.close();
    void server.stop();
  });
}
