import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Server } from "../../mod.ts";
import { SqliteStore } from "../../store/mod.ts";
import { InprocessPeer } from "./inprocess_peer.ts";

const directory = mkdtempSync(join(tmpdir(), "geartrain-slow-"));
after(() => rmSync(directory, { recursive: true, force: true }));

type Done = (error?: Error | null) => void;

describe("a disk that takes its time", () => {
  test("holds up those whose jobs it stores, and nobody else", async () => {
    const syncs = new EventEmitter();
    const store = SqliteStore.open(join(directory, "queue.db"), {}, (_descriptor, done) => {
      // The last sync is of the server that stops.
      if (!syncs.emit("sync", done)) done(null);
    });
    await using server = new Server({ store });
    const peer = () => new InprocessPeer(server.toInprocessServer());
    const submitter = peer(), client = peer(), worker = peer();

    const sync = once(syncs, "sync");
    await submitter.send("SUBMIT_JOB_BG", "resize", "", "cat.png");
    const [done] = await sync as [Done];
    await client.send("ECHO_REQ", "still here");
    assertEquals(await client.expect("ECHO_RES"), ["still here"]);
    await client.send("SUBMIT_JOB", "upper", "", "text");
    const [handle] = await client.expect("JOB_CREATED");
    await worker.send("CAN_DO", "resize");
    await worker.send("CAN_DO", "upper");
    await worker.send("GRAB_JOB");
    assertEquals(await worker.expect("JOB_ASSIGN", 3), [handle, "upper", "text"]);
    await worker.send("WORK_COMPLETE", handle, "TEXT");
    assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "TEXT"]);
    await worker.send("GRAB_JOB");
    await worker.expect("NO_JOB");

    done(null);
    const [stored] = await submitter.expect("JOB_CREATED");
    await worker.send("GRAB_JOB");
    assertEquals(await worker.expect("JOB_ASSIGN", 3), [stored, "resize", "cat.png"]);
  });
});
