import { createServer, type Server, Socket } from "node:net";
import { describe, test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { adopt, type AdoptableConnection } from "../../transport/adopt.ts";
import { InprocessConn } from "../../transport/memory.ts";
import { echoReply, echoRequest, settings, TestClient, TestHandler, within } from "./handlers.ts";

/** Adopts a connection for a test handler. */
function adopted(
  connection: AdoptableConnection,
  prepare: (handler: TestHandler) => void = () => {},
): TestHandler {
  let handler: TestHandler;
  adopt(connection, settings(), (link) => {
    handler = new TestHandler(link);
    prepare(handler);
    return handler;
  });
  return handler!;
}

/** A server that somebody else made, and one connection that it accepted. */
async function accepted(
  onSocket: (socket: Socket) => void = () => {},
): Promise<{ server: Server; client: TestClient; socket: Socket }> {
  let accept: (socket: Socket) => void;
  const socket = new Promise<Socket>((resolve) => accept = resolve);
  const server = createServer((socket) => {
    onSocket(socket);
    accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as { port: number };
  const client = await TestClient.connect({ transport: "tcp", hostname: "127.0.0.1", port });
  return { server, client, socket: await within("the connection", socket) };
}

describe("adopt", () => {
  test("serves a socket of node:net, under its address", async () => {
    const { server, client, socket } = await accepted();
    const handler = adopted(socket);
    await client.send(echoRequest("hello"));
    await client.untilLength(17);
    const { localPort } = client.socket;
    assertEquals(handler.link.peer, { hostname: "127.0.0.1", port: localPort! });
    client.socket.destroy();
    await handler.gone();
    server.close();
  });

  test("a socket that would end itself answers a half-close all the same", async () => {
    const { server, client, socket } = await accepted();
    assertEquals(socket.allowHalfOpen, false);
    const handler = adopted(socket, (handler) => handler.onPeerEnded = () => {});
    client.socket.end("a question\n");
    await handler.until("the end", () => handler.peerHasEnded);
    // Whatever the socket does by itself when its peer ends, it has done now.
    for (let round = 0; round < 5; round++) {
      await new Promise<void>((resolve) => setTimeout(resolve));
    }
    handler.send("an answer");
    handler.link.end();
    await client.untilEnd();
    assertEquals(client.text, "an answer");
    await handler.gone();
    server.close();
  });

  test("a socket that was paused is read", async () => {
    const { server, client, socket } = await accepted((socket) => socket.pause());
    adopted(socket);
    await client.send(echoRequest("hello"));
    await client.untilLength(17);
    client.socket.destroy();
    server.close();
  });

  test("a socket that is closed already closes the link once", async () => {
    const { server, client, socket } = await accepted();
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.destroy();
    await closed;
    const handler = adopted(socket);
    await handler.gone();
    assertEquals(handler.closings.length, 1);
    client.socket.destroy();
    server.close();
  });

  test("serves anything with read, write and close, and knows a remoteAddr", async () => {
    const [ours, theirs] = InprocessConn.pair();
    const withAddress = Object.assign(theirs, {
      remoteAddr: { transport: "tcp", hostname: "::ffff:192.0.2.7", port: 1234 },
    });
    const handler = adopted(withAddress);
    assertEquals(handler.link.peer, { hostname: "192.0.2.7", port: 1234 });
    await ours.write(echoRequest("hello"));
    const reply = new Uint8Array(100);
    assertEquals(await ours.read(reply), 17);
    assertEquals(reply.subarray(0, 17), echoReply("hello"));
    ours.close();
    await handler.gone();
  });

  for (
    const [does, setNoDelay] of [
      ["throws", () => {
        throw new Error("reset");
      }],
      ["fails later", () => Promise.reject(new Error("reset"))],
    ] as const
  ) {
    test(`a connection whose setNoDelay() ${does} is served`, async () => {
      const [ours, theirs] = InprocessConn.pair();
      const handler = adopted(Object.assign(theirs, { setNoDelay }));
      await ours.write(echoRequest("hello"));
      assertEquals(await ours.read(new Uint8Array(100)), 17);
      ours.close();
      await handler.gone();
    });
  }

  test("a connection without an address is [adopted]", async () => {
    const [ours, theirs] = InprocessConn.pair();
    const handler = adopted(theirs);
    assertEquals(handler.link.peer, { hostname: "[adopted]", port: 0 });
    ours.close();
    await handler.gone();
  });

  for (const [what, junk] of [["null", null], ["an empty object", {}], ["a number", 1]] as const) {
    test(`refuses ${what}`, () => {
      assertThrows(() => adopted(junk as unknown as AdoptableConnection), TypeError, "read");
    });
  }

  test("refuses a socket with an encoding: it hands on text", () => {
    assertThrows(() => adopted(new Socket().setEncoding("utf8")), TypeError, "encoding");
  });
});
