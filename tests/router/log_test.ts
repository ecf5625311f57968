import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { connect, type LogFields } from "../../router/mod.ts";
import { countsOfAll } from "../support/counts.ts";
import { type LoggedLine, loggedRouter } from "../support/memory_log.ts";
import { testRouter } from "../support/router.ts";

/** A peer whose methods have the types that {@linkcode testRouter} gives. */
const testPeer = () => testRouter().peer();

/** The fields of the lines about an event. */
function about(lines: readonly LoggedLine[], event: string): LogFields[] {
  return lines.flatMap(({ fields }) => fields?.event === event ? [fields] : []);
}

describe("the router's log", () => {
  test("has submitted jobs at DEBUG, names escaped", () => {
    const { peer, log } = loggedRouter("DEBUG");
    const handle = peer(1).submit("SUBMIT_JOB_EPOCH", "a\nb", "u\xff", "9999999999", "");
    const [line] = log.texts.filter((text) => text.includes("submitted"));
    assertEquals(
      line,
      `DEBUG Job submitted: function=a%0Ab handle=${handle} unique=u%FF ` +
        `submitter=1@127.0.0.1:1 epoch=9999999999`,
    );
  });

  test("has connections at INFO, an IPv6 address in brackets, and no line for each job", () => {
    const { peer, log, router } = loggedRouter("INFO");
    const worker = peer(7).canDo("f");
    for (const type of ["SUBMIT_JOB", "SUBMIT_JOB_BG", "SUBMIT_JOB_HIGH_BG"] as const) {
      worker.submit(type, "f", "u", "payload");
      worker.submit(type, "f", "u", "payload");
      const [handle] = worker.send("PRE_SLEEP").grab()!;
      worker.send("WORK_STATUS", handle, "1", "2").send("WORK_COMPLETE", handle, "result");
    }
    router.enqueueJob({ function: "f" });
    assertEquals(countsOfAll(router).ended.completed, 3);
    worker.vanish();
    connect(router, {
      peer: { hostname: "::1", port: 8 },
      flush() {},
      end() {},
      destroy() {},
    }).closed("closed by the peer");
    assertEquals(log.texts, [
      "INFO Accepted connection from 127.0.0.1:7",
      "INFO Disconnected 127.0.0.1:7",
      "INFO Accepted connection from [::1]:8",
      "INFO Disconnected [::1]:8 (closed by the peer)",
    ]);
  });

  test("follows a job at DEBUG: submitted, joined, started, woken workers, finished", () => {
    const { peer, log } = loggedRouter("DEBUG");
    const sleeper = peer(1).canDo("f").send("SET_CLIENT_ID", "sleeper").send("PRE_SLEEP");
    const client = peer(2);
    const handle = client.submit("SUBMIT_JOB", "f", "u", "");
    client.submit("SUBMIT_JOB", "f", "u", "");
    sleeper.grab();
    sleeper.send("WORK_COMPLETE", handle, "");
    client.text("version");
    const job = { function: "f", handle, unique: "u", submitter: "2@127.0.0.1:2" };
    const byClient = { client: "2@127.0.0.1:2", clientId: undefined };
    const withWorker = { worker: "1@127.0.0.1:1", workerId: "sleeper" };
    assertEquals(
      log.lines.map(({ fields }) => fields).filter((fields) => fields!.packet === undefined),
      [
        { event: "connectionOpened", client: "1@127.0.0.1:1", clientId: undefined },
        { event: "connectionOpened", ...byClient },
        { event: "workerWoken", function: "f", ...withWorker },
        { event: "jobSubmitted", ...job, epoch: 0 },
        { event: "jobJoined", ...job, ...byClient },
        { event: "jobStarted", ...job, ...withWorker },
        { event: "jobFinished", ...job, outcome: "completed" },
        { event: "commandReceived", command: "version", ...byClient },
      ],
    );
    assertEquals(
      about(log.lines, "packetReceived").map(({ packet, bytes }) => `${packet} ${bytes}`),
      [
        "CAN_DO 1",
        "SET_CLIENT_ID 7",
        "PRE_SLEEP 0",
        "SUBMIT_JOB 4",
        "SUBMIT_JOB 4",
        "GRAB_JOB 0",
        `WORK_COMPLETE ${handle.length + 1}`,
      ],
    );
  });
});

describe("at DEBUG", () => {
  test("no line is left out, as each step of each job has one", () => {
    const { peer, log } = loggedRouter("DEBUG");
    peer(1).submit("SUBMIT_JOB_BG", "f", "u", "");
    for (let loss = 1; loss <= 3; loss++) {
      const worker = peer().canDo("f");
      worker.grab();
      worker.vanish();
    }
    assertEquals(about(log.lines, "jobRequeued").map(({ losses }) => losses), [1, 2, 3]);
    assert(log.lines.every(({ fields }) => fields?.suppressed === undefined));
  });
});

describe("a line about a loss", () => {
  test("says which worker lost which job and why, and that it waits again", () => {
    const { peer, log } = loggedRouter("WARNING");
    const handle = peer(1).submit("SUBMIT_JOB_BG", "f", "u", "");
    const worker = peer(2).canDo("f").send("SET_CLIENT_ID", "w");
    worker.grab();
    worker.connection.closed("closed by the peer");
    assertEquals(log.texts, [
      `WARNING Worker lost, requeueing its job: function=f handle=${handle} unique=u submitter=1@127.0.0.1:1 ` +
      `worker=2@127.0.0.1:2 workerId=w losses=1 ` +
      `cause="the worker is gone: closed by the peer"`,
    ]);
  });

  test("says so of a worker that took too long", () => {
    const { peer, log, clock } = loggedRouter("WARNING");
    const handle = peer(1).submit("SUBMIT_JOB_BG", "f", "", "");
    peer(2).send("CAN_DO_TIMEOUT", "f", "1000").grab();
    clock.advance(1000);
    assertEquals(log.texts, [
      `WARNING Worker timeout reached on job, requeueing: function=f handle=${handle} submitter=1@127.0.0.1:1 ` +
      `worker=2@127.0.0.1:2 losses=1 cause="the worker took too long"`,
    ]);
  });

  test("is followed by one that says that a late result counts", () => {
    const { peer, log, clock } = loggedRouter("NOTICE");
    const handle = peer(1).submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer(2).send("CAN_DO_TIMEOUT", "f", "1000");
    worker.grab();
    clock.advance(1000);
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals(
      log.texts.at(-1),
      `NOTICE Late result taken: function=f handle=${handle} submitter=1@127.0.0.1:1 ` +
        `worker=2@127.0.0.1:2 losses=1`,
    );
  });

  test("says that the job is given up when its retries are used up, whatever the loss", () => {
    const { peer, log, clock } = loggedRouter("WARNING", { jobRetries: 2 });
    peer(1).submit("SUBMIT_JOB_BG", "f", "", "");
    peer(2).send("CAN_DO_TIMEOUT", "f", "1000").grab();
    clock.advance(1000);
    const other = peer(3).canDo("f");
    other.grab();
    other.vanish();
    const [fields] = about(log.lines, "jobGivenUp");
    assertEquals([fields.function, fields.losses, fields.worker], ["f", 2, "3@127.0.0.1:3"]);
    assertEquals(log.lines.length, 2);
  });

  test("is not written for a job that nobody needs any more", () => {
    const { peer, log } = loggedRouter("WARNING");
    const client = peer(), worker = peer().canDo("f");
    client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    client.vanish();
    worker.vanish();
    assertEquals(log.texts, []);
  });

  test("is not written for each job when the server stops: one says how many are gone", () => {
    const { peer, log, router } = loggedRouter("WARNING");
    const client = peer(), worker = peer().canDo("f");
    for (let job = 0; job < 3; job++) client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    router.close();
    assertEquals(log.texts, [
      "WARNING Stopped with jobs that were in memory only: waiting=2 running=1",
    ]);
  });
});

describe("a line about a failed job", () => {
  test("names job and worker", () => {
    const { peer, log } = loggedRouter("WARNING");
    const handle = peer(1).submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer(2).canDo("f");
    worker.grab();
    worker.send("WORK_FAIL", handle);
    assertEquals(log.texts, [
      `WARNING Job failed: function=f handle=${handle} submitter=1@127.0.0.1:1 worker=2@127.0.0.1:2 ` +
      `packet=WORK_FAIL`,
    ]);
  });

  test("names the worker that took too long before it said so", () => {
    const { peer, log, clock } = loggedRouter("WARNING");
    const handle = peer(1).submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer(2).send("CAN_DO_TIMEOUT", "f", "1000");
    worker.grab();
    clock.advance(1000);
    worker.send("WORK_FAIL", handle);
    const [{ worker: named }] = about(log.lines, "jobFailed");
    assertEquals(named, "2@127.0.0.1:2");
  });

  test("has what an exception says, and is not followed by one for WORK_FAIL after it", () => {
    const { peer, log } = loggedRouter("WARNING");
    const handle = peer(1).submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer(2).canDo("f");
    worker.grab();
    worker.send("WORK_EXCEPTION", handle, "no such\npage");
    worker.send("WORK_FAIL", handle);
    assertEquals(log.lines.map(({ fields }) => [fields?.packet, fields?.cause]), [
      ["WORK_EXCEPTION", "no such%0Apage"],
    ]);
  });

  test("has no more of an exception than 200 bytes", () => {
    const { peer, log } = loggedRouter("WARNING");
    const handle = peer(1).submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer(2).canDo("f");
    worker.grab();
    worker.send("WORK_EXCEPTION", handle, "x".repeat(10_000));
    assertEquals(log.lines[0].fields?.cause, "x".repeat(200));
  });
});

describe("a line about a cancelled job", () => {
  test("names job, worker, and who ordered it", () => {
    const { peer, log } = loggedRouter("NOTICE");
    const handle = peer(1).submit("SUBMIT_JOB_BG", "f", "", "");
    peer(2).canDo("f").grab();
    log.lines.length = 0;
    peer(3).text(`cancel job ${handle}`);
    assertEquals(log.texts, [
      `NOTICE Job cancelled: function=f handle=${handle} submitter=1@127.0.0.1:1 worker=2@127.0.0.1:2 ` +
      `client=3@127.0.0.1:3`,
    ]);
  });

  test("names nobody when the program ordered it", () => {
    const { router, log } = loggedRouter("NOTICE");
    const job = router.enqueueJob({ function: "f" })!;
    router.operations.cancel(job, null);
    assertEquals(log.texts, [`NOTICE Job cancelled: function=f handle=${job.handle}`]);
  });
});

describe("a line about what was refused", () => {
  test("names function, unique and client of a submit for which there is no room", () => {
    const { peer, log } = loggedRouter("WARNING");
    const client = peer(1).send("SET_CLIENT_ID", "shop");
    client.text("maxqueue f 1");
    client.submit("SUBMIT_JOB_BG", "f", "", "1");
    client.send("SUBMIT_JOB_BG", "f", "u", "2");
    assertEquals(log.texts, [
      "WARNING Submit refused: function=f unique=u client=1@127.0.0.1:1 " +
      'clientId=shop cause="Job queue is full"',
    ]);
  });

  const submits: [string, Parameters<ReturnType<typeof testPeer>["send"]>, string][] = [
    ["a function name", ["SUBMIT_JOB", "f".repeat(513), "u", ""], "Function name too large"],
    ["a unique", ["SUBMIT_JOB", "f", "u".repeat(65), ""], "Unique value too large"],
    [
      "a reducer",
      ["SUBMIT_REDUCE_JOB", "f", "u", "r".repeat(65), "", ""],
      "Unique value too large",
    ],
    ["a time", ["SUBMIT_JOB_EPOCH", "f", "u", "9".repeat(30), ""], "Epoch is out of range"],
  ];
  for (const [what, packet, cause] of submits) {
    test(`says that ${what} was refused, and has no more of it than 200 bytes`, () => {
      const { peer, log } = loggedRouter("WARNING");
      peer().send(...packet);
      const [fields] = about(log.lines, "submitRefused");
      assertEquals(fields.cause, cause);
      assert(fields.function!.startsWith("f") && fields.function!.length <= 200);
      assert(fields.unique!.startsWith("u"));
    });
  }

  test("says why a result was: the job runs elsewhere, waits, or has ended", () => {
    const { peer, log, clock } = loggedRouter("WARNING");
    const stranger = peer(1), worker = peer(2).canDo("f");
    const handle = peer(3).submit("SUBMIT_JOB_BG", "f", "u", "");
    const causes = [];
    for (const step of ["waits", "runs", "ended"]) {
      if (step === "runs") worker.grab();
      if (step === "ended") worker.send("WORK_COMPLETE", handle, "");
      clock.advance(1000);
      stranger.send("WORK_COMPLETE", handle, "");
      const { function: func, cause } = about(log.lines, "resultRefused").at(-1)!;
      causes.push([func, cause]);
    }
    assertEquals(causes, [
      ["f", "the job waits for a worker"],
      ["f", "another worker runs the job"],
      [undefined, "the job has ended, or there never was one"],
    ]);
    assertEquals(
      log.texts[1],
      `WARNING Result refused: function=f handle=${handle} unique=u submitter=3@127.0.0.1:3 ` +
        `worker=1@127.0.0.1:1 packet=WORK_COMPLETE cause="another worker runs the job"`,
    );
  });

  for (const packet of ["WORK_DATA", "WORK_WARNING", "WORK_STATUS", "WORK_FAIL"] as const) {
    test(`says so of a ${packet} for a job that there is not`, () => {
      const { peer, log } = loggedRouter("WARNING");
      peer().send(packet, "H:none:1", ...(packet === "WORK_STATUS" ? ["1", "2"] : []));
      const [{ handle, packet: named }] = about(log.lines, "resultRefused");
      assertEquals([handle, named], ["H:none:1", packet]);
    });
  }

  test("says so of any other request that gets an ERROR", () => {
    const { peer, log, clock } = loggedRouter("WARNING");
    const requests = [
      ["OPTION_REQ", "speed"],
      ["CAN_DO_TIMEOUT", "f", "soon"],
      ["CAN_DO", "f".repeat(513)],
      ["GET_STATUS", "H:".repeat(64)],
      ["ALL_YOURS"],
    ] as const;
    for (const [type, ...args] of requests) {
      peer().send(type, ...args);
      clock.advance(1000);
    }
    assertEquals(about(log.lines, "requestRefused").map(({ packet, cause }) => [packet, cause]), [
      ["OPTION_REQ", "Server does not recognize given option"],
      ["CAN_DO_TIMEOUT", "Timeout is not a number"],
      ["CAN_DO", "Function name too large"],
      [
        "GET_STATUS",
        "Error occurred due to GEARMAND_JOB_HANDLE_SIZE being too small from snprintf",
      ],
      ["ALL_YOURS", "Command not expected"],
    ]);
  });
});
