import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { PACKETS, type PacketType } from "../../protocol/mod.ts";
import { request } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

function error(code: string, text: string) {
  return [{ type: "ERROR", args: [code, text] }];
}

describe("ECHO_REQ", () => {
  for (const data of ["", "x", "a\0b", "y".repeat(100_000)]) {
    test(`returns ${data.length} bytes as they came`, () => {
      const { peer } = testRouter();
      const expected = data === "" ? [] : [data];
      assertEquals(peer().send("ECHO_REQ", data).packets(), [{ type: "ECHO_RES", args: expected }]);
    });
  }
});

describe("OPTION_REQ", () => {
  test("exceptions is echoed as it was sent, in any case", () => {
    const { peer } = testRouter();
    const packets = peer().send("OPTION_REQ", "ExCeptions").packets();
    assertEquals(packets, [{ type: "OPTION_RES", args: ["ExCeptions"] }]);
  });

  for (const name of ["", "exception", "exceptionsx", "x".repeat(10_000)]) {
    test(`${JSON.stringify(name.slice(0, 20))} is unknown`, () => {
      const { peer } = testRouter();
      assertEquals(
        peer().send("OPTION_REQ", name).packets(),
        error("UNKNOWN_OPTION", "Server does not recognize given option"),
      );
    });
  }
});

describe("WORK_EXCEPTION", () => {
  test("ends the job; clients that asked get it, the others WORK_FAIL with the bare handle", () => {
    const { peer, router } = testRouter();
    const plain = peer(), curious = peer().send("OPTION_REQ", "exceptions");
    const worker = peer().canDo("f");
    curious.packets();
    const handle = plain.submit("SUBMIT_JOB", "f", "u", "");
    curious.submit("SUBMIT_JOB", "f", "u", "");
    worker.grab();
    worker.send("WORK_EXCEPTION", handle, "boom");
    assertEquals(plain.packets(), [{ type: "WORK_FAIL", args: [handle] }]);
    assertEquals(curious.packets(), [{ type: "WORK_EXCEPTION", args: [handle, "boom"] }]);
    assertEquals(router.jobs.size, 0);
  });

  test("goes to everybody with the option `exceptions` of the server", () => {
    const { peer } = testRouter({ exceptions: true });
    const client = peer(), worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    worker.send("WORK_EXCEPTION", handle, "boom");
    assertEquals(client.types(), ["WORK_EXCEPTION"]);
  });
});

describe("a result for a job that the connection does not run", () => {
  const NOT_FOUND: Record<string, string> = {
    WORK_STATUS: "Job given in work result not found",
    WORK_COMPLETE: "Job given in work result not found",
    WORK_FAIL: "Job given in work result not found",
    WORK_DATA: "Job does not exist on server",
    WORK_WARNING: "Job does not exist on server",
    WORK_EXCEPTION: "An exception was received for a job that does not exist",
  };
  for (const [type, text] of Object.entries(NOT_FOUND)) {
    test(`${type} is refused, and the job is not touched`, () => {
      const { peer } = testRouter();
      const client = peer(), worker = peer().canDo("f"), stranger = peer();
      const handle = client.submit("SUBMIT_JOB", "f", "", "");
      const args = type === "WORK_STATUS" ? ["1", "2"] : type === "WORK_FAIL" ? [] : ["data"];
      const send = (h: string) =>
        stranger.send(type as keyof typeof PacketType, h, ...args).packets();
      assertEquals(send("H:x:1"), error("JOB_NOT_FOUND", text));
      assertEquals(send(handle), error("JOB_NOT_FOUND", text));
      worker.grab();
      assertEquals(send(handle), error("JOB_NOT_FOUND", text));
      worker.send("WORK_COMPLETE", handle, "");
      assertEquals(client.types(), ["WORK_COMPLETE"]);
      assertEquals(send(handle), error("JOB_NOT_FOUND", text));
    });
  }

  test("is answered byte for byte as in the C server", () => {
    const { peer } = testRouter();
    assertEquals(
      peer().send("WORK_COMPLETE", "H:x:1", "d").bytes(),
      "\0RES\0\0\0\x13\0\0\0\x30JOB_NOT_FOUND\0Job given in work result not found",
    );
  });
});

describe("sizes", () => {
  test("a unique of 64 bytes comes back whole, one of 65 is too large", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const unique = "u".repeat(64);
    client.submit("SUBMIT_JOB_BG", "f", unique, "data");
    assertEquals(worker.grab("GRAB_JOB_UNIQ")!.slice(1), ["f", unique, "data"]);
    assertEquals(
      client.send("SUBMIT_JOB_BG", "f", unique + "u", "").packets(),
      error("ARGUMENT_TOO_LARGE", "Unique value too large"),
    );
  });

  for (
    const [type, args] of [
      ["SUBMIT_REDUCE_JOB", ["f", "u".repeat(2000), "r", "", ""]],
      ["SUBMIT_REDUCE_JOB_BACKGROUND", ["f", "u", "r".repeat(65), "", ""]],
      ["GET_STATUS_UNIQUE", ["u".repeat(65)]],
    ] as const
  ) {
    test(`${type} with too long a unique or reducer is refused`, () => {
      const { peer } = testRouter();
      assertEquals(
        peer().send(type, ...args).packets(),
        error("ARGUMENT_TOO_LARGE", "Unique value too large"),
      );
    });
  }

  test("a function name of 512 bytes is taken, a longer one refused, in submits and abilities", () => {
    const { peer, router } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f".repeat(512), "", "");
    const refused = error("ARGUMENT_TOO_LARGE", "Function name too large");
    assertEquals(client.send("SUBMIT_JOB_BG", "f".repeat(8192), "", "").packets(), refused);
    assertEquals(client.send("CAN_DO", "f".repeat(513)).packets(), refused);
    assertEquals(client.send("CAN_DO_TIMEOUT", "f".repeat(513), "1").packets(), refused);
    assertEquals(router.functions.size, 1);
    assertEquals(client.isClosed, false);
  });

  test("a handle of more than 63 bytes is answered, not met with silence", () => {
    const { peer } = testRouter();
    for (const type of ["GET_STATUS", "WORK_FAIL"] as const) {
      assertEquals(peer().send(type, "H".repeat(64)).types(), ["ERROR"]);
    }
  });

  test("a client id is cut at 127 bytes", () => {
    const { peer } = testRouter();
    const client = peer().send("SET_CLIENT_ID", "i".repeat(300));
    assertEquals(client.text("workers"), `1 127.0.0.1 ${"i".repeat(127)} :\n.\n`);
  });
});

describe("packets that a peer must not send", () => {
  const refused = PACKETS.filter((info) =>
    info && (info.sender === "server" || info.sender === "nobody")
  );
  for (const info of refused) {
    test(`${info!.name} is refused and the connection goes on`, () => {
      const { peer } = testRouter();
      const client = peer().raw(request(info!.type, "x", "", "", "", "", "", "", ""));
      assertEquals(client.packets(), error("INVALID_COMMAND", "Command not expected"));
      assertEquals(client.send("ECHO_REQ", "x").types(), ["ECHO_RES"]);
    });
  }

  test("a packet with the magic of a response is refused and the connection goes on", () => {
    const { peer } = testRouter();
    const client = peer().raw("\0RES\0\0\0\x10\0\0\0\x01x");
    assertEquals(client.packets(), error("INVALID_MAGIC", "Request magic expected"));
    assertEquals(client.send("ECHO_REQ", "x").types(), ["ECHO_RES"]);
  });
});

describe("malformed packets get one ERROR and a close", () => {
  const few = error("INVALID_PACKET", "Too few arguments in packet");
  const CASES: [string, Uint8Array | string, ReturnType<typeof error>][] = [
    ["bad magic", "\0ABC", error("INVALID_MAGIC", "Neither a packet nor a text command")],
    [
      "a TLS handshake",
      "\x16\x03\x01",
      error("INVALID_MAGIC", "Neither a packet nor a text command"),
    ],
    ["type 0", "\0REQ\0\0\0\0\0\0\0\0", error("INVALID_COMMAND", "Unknown packet type")],
    ["type 43", "\0REQ\0\0\0\x2b\0\0\0\0", error("INVALID_COMMAND", "Unknown packet type")],
    [
      "4 GiB",
      "\0REQ\0\0\0\x10\xff\xff\xff\xff",
      error("DATA_TOO_LARGE", "Packet is larger than the server allows"),
    ],
    ["SUBMIT_JOB_BG without a NUL", request(18, "f"), few],
    ["SUBMIT_JOB_BG with one NUL", request(18, "f", "u"), few],
    ["SUBMIT_JOB with an empty body", request(7), few],
    ["WORK_STATUS with one argument", request(12, "h"), few],
    ["CAN_DO_TIMEOUT without its NUL", request(23, "f"), few],
    ["SUBMIT_REDUCE_JOB with three NULs", request(37, "f", "u", "r", "x"), few],
    ["SUBMIT_JOB_EPOCH with two NULs", request(36, "f", "u", "1"), few],
  ];
  for (const [what, bytes, expected] of CASES) {
    test(what, () => {
      const { peer, router } = testRouter();
      const client = peer().raw(bytes);
      assertEquals(client.packets(), expected);
      assert(client.isClosed);
      assertEquals(router.jobs.size, 0);
      assertEquals(router.connections.size, 0);
    });
  }

  test("and nothing after them is looked at", () => {
    const { peer, router } = testRouter();
    const bad = request(18, "f"), good = request(18, "f", "", "");
    const both = new Uint8Array([...bad, ...good]);
    peer().raw(both);
    assertEquals(router.jobs.size, 0);
  });

  test("a worker that sends one loses its jobs to others", () => {
    const { peer } = testRouter();
    const worker = peer().canDo("f"), other = peer().canDo("f");
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    worker.raw("\0XXX");
    assertEquals(other.grab()![0], handle);
  });
});

describe("packets without arguments", () => {
  for (const type of ["GRAB_JOB", "RESET_ABILITIES"] as const) {
    test(`${type} may carry a body, which is ignored`, () => {
      const { peer } = testRouter();
      const worker = peer().canDo("f").send(type, "surplus");
      assertEquals(worker.isClosed, false);
    });
  }
});
