import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { ConnLink } from "../../transport/conn_link.ts";
import { FlushQueue } from "../../transport/flush_queue.ts";
import { OutputBuffer } from "../../protocol/mod.ts";

describe("a buffer that was lent for a read", () => {
  for (const end of ["ends", "fails"]) {
    test(`is given back when the connection ${end}, before the handler hears of that`, async () => {
      const events: string[] = [];
      const ended = Promise.withResolvers<void>();
      const conn = {
        read: () => end === "ends" ? Promise.resolve(null) : Promise.reject(new Error("reset")),
        write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
        close: () => {},
      };
      const settings = { pauseReadingAt: 1000, maxUnsent: 2000, report: () => {} };
      const peer = { hostname: "[test]", port: 0 };
      const link = new ConnLink(conn, peer, settings, new FlushQueue(queueMicrotask));
      const heard = (event: string) => {
        events.push(event);
        if (event !== "filled 0") ended.resolve();
      };
      link.start(() => ({
        out: new OutputBuffer(),
        mayWait: false,
        isHolding: false,
        receive: () => heard("received"),
        lend: () => new Uint8Array(100),
        filled: (count: number) => heard(`filled ${count}`),
        resume: () => {},
        peerEnded: () => heard("ended"),
        closed: () => heard("closed"),
      }));
      await ended.promise;
      assertEquals(events, ["filled 0", end === "ends" ? "ended" : "closed"]);
    });
  }
});
