import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { Admin, Client, JobCancelledError, Server, Worker, type WorkerJob } from "../../mod.ts";
import { memoryLog } from "../support/memory_log.ts";

describe("a Worker whose job is cancelled", () => {
  for (const how of ["returns", "throws"] as const) {
    test(`aborts its signal, and sends nothing for it when its function ${how}`, async () => {
      const log = memoryLog("WARNING");
      await using server = new Server({ log });
      const begun = Promise.withResolvers<void>();
      const reasons: unknown[] = [];
      const failed: Error[] = [];
      const slow = async ({ signal }: WorkerJob) => {
        const aborted = new Promise<void>((resolve) => signal.onabort = () => resolve());
        begun.resolve();
        await aborted;
        reasons.push(signal.reason);
        if (how === "throws") throw signal.reason;
        return "too late";
      };
      await using worker = new Worker({
        servers: [server],
        functions: { slow, quick: (job) => job.text() },
        onJobFailed: (error) => failed.push(error),
      });
      await using client = new Client({ servers: [server] });
      const job = client.submit("slow", "", { unique: "u" });
      await begun.promise;
      await using admin = new Admin(server);
      assertEquals(await admin.cancelAll({ unique: "u" }), 1);
      await job.then(() => assert(false), () => {});
      // The worker has one place: it takes this one when the function has ended.
      assertEquals(await client.submit("quick", "next").text(), "next");
      const [reason] = reasons;
      assert(reason instanceof JobCancelledError);
      assertEquals([reason.handle, reason.message], [await job.handle, "The job was cancelled"]);
      assertEquals([failed, log.texts], [[], []]);
      await worker.stop();
    });
  }
});
