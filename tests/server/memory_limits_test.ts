import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { Server } from "../../mod.ts";
import { defaultLimits, memoryLimits } from "../../server/router_options.ts";
import { groupLimit, processMemory } from "../../transport/machine.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Reads from files that are given by their paths. */
const reader = (files: Record<string, string>) => (path: string) => files[path] ?? "";

describe("the limits of memory", () => {
  test("are by default such that all of them together leave some of the memory", () => {
    for (const total of [64 * MIB, 300 * MIB, 2 * GIB, 24 * GIB, 1024 * GIB]) {
      const limits = defaultLimits({ total, objects: total });
      const { receiveLimit, maxJobMemory, unreadLimit } = limits;
      assert(receiveLimit + maxJobMemory + unreadLimit <= 0.92 * total, `${total}`);
    }
  });

  test("leave room for all objects that peers can make the server hold", () => {
    const limits = defaultLimits({ total: 24 * GIB, objects: 4 * GIB });
    // What was measured of each, in bytes; a job that is the only one of a unique and a due time.
    const taken = limits.maxJobs * 490 + limits.maxFunctions * 1038 + limits.maxAbilities * 170 +
      limits.maxSharing * 115;
    assert(taken < 0.8 * 4 * GIB, `${taken / GIB}`);
  });

  test("keep jobs and functions within half and a sixteenth of what V8 allows, as is measured", () => {
    const { maxJobs, maxFunctions } = defaultLimits({ total: 24 * GIB, objects: 4 * GIB });
    assertEquals([maxJobs, maxFunctions], [4 * 1024 ** 2, 128 * 1024]);
  });

  test("of a container of 300 MB allow 200,000 jobs, and half of their memory for payloads of the store", () => {
    const memory = { total: 300 * MIB, objects: 300 * MIB };
    const { maxJobs, maxJobMemory, receiveLimit } = defaultLimits(memory);
    assertEquals([maxJobs, maxJobMemory], [204_800, 108 * MIB]);
    // The runtime takes 50 MB, and more than what is counted while buffers grow.
    assert(receiveLimit + maxJobMemory <= 200 * MIB);
    const { memoryLimit } = memoryLimits({ maxJobMemory });
    assertEquals(memoryLimit, 54 * MIB);
  });

  test("are those of the options where they say something", () => {
    const options = {
      receiveLimit: 5,
      maxJobs: 1,
      maxJobMemory: 2,
      maxFunctions: 3,
      memoryLimit: 4,
      jobsInMemory: 6,
    };
    const { maxAbilities: _, maxSharing: __, unreadLimit: ___, ...limits } = memoryLimits(options);
    assertEquals(limits, options);
  });

  test("hold for what programs submit", async () => {
    await using server = new Server({ maxJobs: 1 });
    assert(server.enqueueJob({ function: "f" }) !== undefined);
    assertEquals(server.enqueueJob({ function: "f" }), undefined);
  });
});

describe("the memory of the process", () => {
  test("is known, and so is what of it objects may take", () => {
    const { total, objects } = processMemory();
    assert(total > 32 * MIB && total < 1024 ** 5, `${total}`);
    assert(objects > 16 * MIB && objects <= total, `${objects}`);
  });
});

describe("the limit of a container", () => {
  test("is memory.max in version 2 of control groups, the least of those around it", () => {
    const files = {
      "/proc/self/cgroup": "0::/system.slice/geartrain.service\n",
      "/sys/fs/cgroup/system.slice/geartrain.service/memory.max": "max\n",
      "/sys/fs/cgroup/system.slice/memory.max": "314572800\n",
    };
    assertEquals(groupLimit(reader(files)), 300 * MIB);
  });

  test("is found where the container sees its own group as the outermost", () => {
    const files = { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "1048576\n" };
    assertEquals(groupLimit(reader(files)), MIB);
  });

  test("is memory.limit_in_bytes in version 1", () => {
    const files = {
      "/proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/docker/0a\n3:cpuset:/\n0::/\n",
      "/sys/fs/cgroup/memory/docker/0a/memory.limit_in_bytes": "9223372036854771712\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "2097152\n",
    };
    assertEquals(groupLimit(reader(files)), 2 * MIB);
  });

  test("is none where there are no control groups, or none has a limit", () => {
    assertEquals(groupLimit(reader({})), Infinity);
    const files = { "/proc/self/cgroup": "0::/a\n", "/sys/fs/cgroup/a/memory.max": "max\n" };
    assertEquals(groupLimit(reader(files)), Infinity);
  });
});
