/**
 * A shop's server, well or sick, for the dashboard's tests.
 *
 * @module
 */
import type { DeadJobAnswer } from "../../../http/api/dead_types.ts";
import type {
  ClusterServerAnswer,
  ConnectionAnswer,
  FunctionAnswer,
  JobAnswer,
  ReasonAnswer,
  ServerAnswer,
} from "../../../http/api/types.ts";
import {
  ago,
  CLIENT,
  fakeDead,
  fakeFunction,
  fakeJob,
  fakeWorker,
  peerOf,
  SERVER,
} from "./fake_data.ts";

/** What a server has. */
export interface Scene {
  server: ServerAnswer;
  /** Those that share a queue with it. */
  servers: ClusterServerAnswer[];
  functions: FunctionAnswer[];
  jobs: JobAnswer[];
  ended: JobAnswer[];
  dead: DeadJobAnswer[];
  connections: ConnectionAnswer[];
  payloads: Map<string, Uint8Array<ArrayBuffer>>;
  /** Why jobs of a function, or a job, do not run. */
  why: Map<string, ReasonAnswer[]>;
  /** How many jobs are submitted and end in a second, by function. */
  rates: Map<string, number>;
}

const PHP =
  'O:5:"Order":3:{s:2:"id";i:4021;s:7:"\0*\0note";s:8:"größer";s:5:"items";a:2:{i:0;s:3:"cup";i:1;s:5:"plate";}}';
const TRACE = `TimeoutError: no answer from smtp.example.com within 30 s
    at Connection.read (mail/smtp.js:114:13)
    at async send (mail/send.js:41:5)`;

/** A server that is well. */
export function healthyScene(): Scene {
  const encoder = new TextEncoder();
  const workers = [
    fakeWorker(1, "thumbs-1", ["resize", "thumbnail"], {
      running: ["H:web-1:9001"],
      runningSince: ago(12),
    }),
    fakeWorker(2, "thumbs-2", ["resize", "thumbnail"], {
      running: ["H:web-1:9002"],
      runningSince: ago(3),
    }),
    fakeWorker(3, "mailer-1", ["mail.send", "mail.digest"]),
    fakeWorker(4, "mailer-2", ["mail.send", "mail.digest"]),
    fakeWorker(5, "search-1", ["index", "reindex", "suggest", "spelling"], {
      running: ["H:web-1:9003"],
      runningSince: ago(725),
    }),
    fakeWorker(6, "", ["invoice.pdf"]),
  ];
  const client: ConnectionAnswer = {
    ...fakeWorker(71, CLIENT.clientId, [], { address: CLIENT.address!, sleeping: false }),
    role: "client",
    waitingFor: 3,
    jobsDone: 0,
  };
  const running = (handle: string, func: string, worker: ConnectionAnswer, seconds: number) =>
    fakeJob(0, func, {
      handle,
      unique: `${func}-${handle.slice(-4)}`,
      state: "running",
      submitted: ago(seconds + 0.6),
      ageSeconds: seconds + 0.6,
      worker: peerOf(worker),
      runs: [{ worker: peerOf(worker), started: ago(seconds), ended: null, cause: "running" }],
    });
  return {
    server: SERVER,
    servers: [],
    functions: [
      fakeFunction("resize", {
        waiting: 14,
        waitingHigh: 4,
        running: 2,
        submittedPerMinute: 1_480,
        endedPerMinute: 1_460,
        submittedTotal: 2_148_733,
        completedTotal: 2_148_500,
      }),
      fakeFunction("mail.send", {
        submittedPerMinute: 240,
        endedPerMinute: 236,
        submittedTotal: 310_882,
        completedTotal: 310_802,
        dead: 3,
        failedTotal: 61,
        exceptionTotal: 19,
      }),
      fakeFunction("index", {
        waiting: 3,
        running: 1,
        workers: 1,
        dead: 2,
        endedPerMinute: 32,
        submittedPerMinute: 33,
        maxQueueNormal: 5_000,
      }),
      fakeFunction("thumbnail", { submittedPerMinute: 610, endedPerMinute: 612 }),
      fakeFunction("invoice.pdf", { workers: 1, endedPerMinute: 4, submittedPerMinute: 4 }),
      fakeFunction("mail.digest", { scheduled: 12, endedPerMinute: 0, submittedPerMinute: 0 }),
    ],
    jobs: [
      {
        ...running("H:web-1:9001", "resize", workers[0], 12),
        numerator: 42,
        denominator: 100,
        losses: 1,
        runs: [
          { worker: peerOf(workers[1]), started: ago(40), ended: ago(21), cause: "lost" },
          { worker: peerOf(workers[0]), started: ago(12), ended: null, cause: "running" },
        ],
        submitted: ago(46),
        ageSeconds: 46,
        warning: "image has no colour profile, sRGB taken",
      },
      running("H:web-1:9002", "resize", workers[1], 3),
      { ...running("H:web-1:9003", "index", workers[4], 725), numerator: 310, denominator: 1_000 },
      ...Array.from(
        { length: 14 },
        (_, n) => fakeJob(4_021 + n, "resize", { priority: n < 4 ? "high" : "normal" }),
      ),
      ...Array.from({ length: 3 }, (_, n) => fakeJob(5_100 + n, "index")),
      fakeJob(6_000, "mail.digest", { state: "scheduled", due: ago(-3_600) }),
    ],
    ended: [
      fakeJob(3_999, "mail.send", {
        state: "ended",
        outcome: "exception",
        failures: 2,
        submitted: ago(180),
        started: ago(70),
        ended: ago(40),
        text: TRACE,
        resultBytes: 0,
        worker: peerOf(workers[2]),
        runs: [
          { worker: peerOf(workers[3]), started: ago(178), ended: ago(148), cause: "retry" },
          { worker: peerOf(workers[2]), started: ago(70), ended: ago(40), cause: "exception" },
        ],
      }),
      fakeJob(3_998, "mail.send", {
        state: "ended",
        outcome: "failed",
        submitted: ago(95),
        started: ago(94),
        ended: ago(93),
        text: "550 no such user",
        resultBytes: 0,
        worker: peerOf(workers[3]),
      }),
      fakeJob(3_997, "resize", {
        state: "ended",
        outcome: "completed",
        submitted: ago(31),
        started: ago(30),
        ended: ago(29),
        text: "",
        resultBytes: 20_480,
        worker: peerOf(workers[0]),
      }),
    ],
    dead: [
      ...[3_901, 3_902, 3_903].map((number) => fakeDead(number, "mail.send")),
      ...[3_904, 3_905].map((number) => fakeDead(number, "index")),
    ],
    connections: [...workers, client],
    payloads: new Map([
      ["H:web-1:9001", encoder.encode('{"image":"s3://in/4021.jpg","sizes":[320,640,1280]}')],
      ["H:web-1:4021", encoder.encode(PHP)],
      ["H:web-1:4022", new Uint8Array([0, 255, 16, 71, 69, 65, 82, 0])],
      ["H:web-1:4023", encoder.encode("plain \u202etext\u0007\nin two lines")],
    ]),
    why: new Map(),
    rates: new Map([["resize", 25], ["mail.send", 4], ["thumbnail", 10], ["index", 1]]),
  };
}

/** The same server on a bad day. */
export function sickScene(): Scene {
  const scene = healthyScene();
  scene.functions[0] = {
    ...scene.functions[0],
    waiting: 120,
    waitingHigh: 20,
    waitingNormal: 100,
    running: 0,
    workers: 0,
    oldestWaitingSeconds: 1_747,
  };
  scene.connections.splice(0, 2);
  scene.jobs.splice(0, 2);
  scene.functions[2] = {
    ...scene.functions[2],
    jobs: 5_001,
    waiting: 5_000,
    waitingNormal: 5_000,
    oldestWaitingSeconds: 725,
  };
  scene.why.set("resize", [{
    code: "no-worker",
    text:
      "No worker has the ability `resize`. The last one that had it, thumbs-2 at 10.0.3.12:50002, left at 14:02.",
    numbers: { waiting: 120 },
  }]);
  scene.server = {
    ...scene.server,
    store: { ...scene.server.store!, errors: 3 },
    warnings: [
      { at: ago(64), level: "error", text: "The store cannot write: no space left on device" },
      {
        at: ago(1_747),
        level: "warn",
        text: "10.0.3.12:50002 broke its connection off while it ran a job",
      },
    ],
  };
  return scene;
}

/** Names and texts that want to be more than that. */
export function hostileScene(): Scene {
  const scene = healthyScene();
  const names = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "gpj.\u202eexe",
    "\x1b[31mred\x07",
    "__proto__",
    "constructor",
    "a/b?c#d%e",
    "javascript:alert(1)",
  ];
  scene.functions = [
    ...names.map((name) => fakeFunction(name, { waiting: 1 })),
    fakeFunction("bin\\xff", { nameBase64: btoa("bin\xff"), waiting: 1 }),
  ];
  scene.jobs = names.map((name, n) =>
    fakeJob(n, name, {
      unique: name,
      warning: name,
      data: name,
      submitter: { id: 9, clientId: name, address: "10.0.0.9:1" },
    })
  );
  scene.ended = names.map((name, n) =>
    fakeJob(100 + n, name, {
      state: "ended",
      outcome: "failed",
      ended: ago(1),
      started: ago(2),
      text: name,
    })
  );
  scene.dead = names.map((name, n) => {
    const { runs } = fakeDead(n, name);
    return fakeDead(n, name, {
      unique: name,
      runs: runs.map((run) => ({ ...run, worker: name, text: name })),
    });
  });
  scene.connections = [
    fakeWorker(9, names[0], names, { running: ["H:web-1:0"], runningSince: ago(9) }),
  ];
  scene.rates.clear();
  return scene;
}
