import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { FakePeer } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

/** The rows of a listing, each by the names of its columns. */
function rows(answer: string): Record<string, string>[] {
  const [head, ...lines] = answer.split("\n");
  assertEquals(lines.splice(-2), [".", ""]);
  const names = head.split("\t");
  return lines.map((line) => {
    const cells = line.split("\t");
    return Object.fromEntries(names.map((name, index) => [name, cells[index]]));
  });
}

/** Some cells of each row. */
function cells(answer: string, ...names: string[]): string[][] {
  return rows(answer).map((row) => names.map((name) => row[name]));
}

describe("list functions", () => {
  test("tells waiting jobs from scheduled ones, and the limits", () => {
    const { peer, clock } = testRouter();
    const client = peer(), worker = peer().canDo("resize");
    client.submit("SUBMIT_JOB_HIGH", "resize", "", "");
    client.submit("SUBMIT_JOB_BG", "resize", "", "");
    client.submit("SUBMIT_JOB_LOW_BG", "resize", "", "");
    client.submit("SUBMIT_JOB_EPOCH", "resize", "", `${clock.epoch() / 1000 + 60}`, "");
    client.text("maxqueue resize 10 20 30");
    worker.grab();
    assertEquals(
      client.text("list functions"),
      "function\tjobs\twaiting\thigh\tnormal\tlow\tscheduled\trunning\tworkers\tpaused\tdead\tmax_high\t" +
        "max_normal\tmax_low\tcompleted\tfailed\texception\tcancelled\tlost\tabandoned\trefused\t" +
        "damaged\texpired\tburied\n" +
        "resize\t4\t2\t0\t1\t1\t1\t1\t1\t0\t0\t10\t20\t30\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\n.\n",
    );
  });

  test("counts how the jobs of each function ended", () => {
    const { router, peer } = testRouter({ jobRetries: 1 });
    const client = peer(), worker = peer().canDo("f");
    const done = (...packet: Parameters<FakePeer["send"]>) => {
      const handle = client.submit("SUBMIT_JOB", "f", "", "");
      worker.grab();
      worker.send(packet[0], handle, ...packet.slice(1));
    };
    done("WORK_COMPLETE", "result");
    done("WORK_COMPLETE", "result");
    done("WORK_FAIL");
    done("WORK_EXCEPTION", "why");
    client.text(`cancel job ${client.submit("SUBMIT_JOB", "f", "", "")}`);
    const visitor = peer();
    visitor.submit("SUBMIT_JOB", "f", "", "");
    visitor.vanish();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    worker.vanish();
    router.endings.drop(router.enqueueJob({ function: "g" })!, "refused");
    const outcomes = ["completed", "failed", "exception", "cancelled", "lost", "abandoned"];
    client.bytes();
    assertEquals(cells(client.text("list functions"), "function", ...outcomes, "refused"), [
      ["f", "2", "1", "1", "1", "1", "1", "0"],
      ["g", "0", "0", "0", "0", "0", "0", "1"],
    ]);
  });

  test("lists one function by its name, as it is or with escapes", () => {
    const { peer } = testRouter();
    const client = peer();
    const listed = (name: string) => {
      return cells(client.text(`list functions function=${name}`), "function").flat();
    };
    for (const name of ["a", "a b"]) client.submit("SUBMIT_JOB_BG", name, "", "");
    assertEquals([listed("a"), listed("a%20b"), listed("none")], [["a"], ["a b"], []]);
    client.submit("SUBMIT_JOB_BG", "a%20b", "", "");
    assertEquals(listed("a%20b"), ["a%20b"]);
  });
});

describe("list jobs", () => {
  test("tells all that is known of each job", () => {
    const { peer, clock } = testRouter();
    const client = peer(4001), worker = peer(4002).canDo("resize");
    const first = client.submit("SUBMIT_JOB_HIGH", "resize", "photo-1", "12345");
    clock.advance(90_000);
    const due = clock.epoch() / 1000 + 3600;
    const second = client.submit("SUBMIT_JOB_EPOCH", "mail", "", `${due}`, "");
    const third = client.submit("SUBMIT_JOB_BG", "mail", "", "abc");
    worker.grab();
    worker.send("WORK_STATUS", first, "1", "3");
    clock.advance(2000);
    client.bytes();
    assertEquals(
      client.text("list jobs"),
      "handle\tfunction\tunique\tstate\tpriority\tbackground\tage\tdue\tlosses\tfailures\t" +
        "numerator\tdenominator\tbytes\tclients\tsubmitter\tworker\n" +
        `${first}\tresize\tphoto-1\trunning\thigh\t0\t92000\t-\t0\t0\t1\t3\t5\t1\t` +
        "1@127.0.0.1:4001\t2@127.0.0.1:4002\n" +
        `${second}\tmail\t\tscheduled\tnormal\t1\t2000\t${due}000\t0\t0\t0\t0\t0\t0\t` +
        "1@127.0.0.1:4001\t-\n" +
        `${third}\tmail\t\twaiting\tnormal\t1\t2000\t-\t0\t0\t0\t0\t3\t0\t1@127.0.0.1:4001\t-\n.\n`,
    );
  });

  test("knows who submitted a job when he has gone, and how often it was lost", () => {
    const { peer } = testRouter();
    const client = peer(4001), admin = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    client.vanish();
    for (const port of [4002, 4003]) {
      const worker = peer(port).canDo("f");
      worker.grab();
      worker.vanish();
    }
    assertEquals(cells(admin.text("list jobs"), "submitter", "losses", "worker"), [
      ["1@127.0.0.1:4001", "2", "-"],
    ]);
  });

  test("forgets the addresses of those who have long gone, not their numbers", () => {
    const { peer } = testRouter();
    const admin = peer();
    for (let count = 0; count < 5000; count++) {
      const client = peer();
      client.send("SUBMIT_JOB_BG", "f", "", "");
      client.vanish();
    }
    const submitters = cells(admin.text("list jobs"), "submitter").flat();
    assertEquals([submitters[0], submitters.at(-1)], ["2@-", "5001@127.0.0.1:40000"]);
  });

  test("has no submitter and no age where there is none", () => {
    const { router, peer } = testRouter();
    router.intake.restore({
      number: 7,
      functionName: new Uint8Array([0x66]),
      unique: new Uint8Array(),
      reducer: new Uint8Array(),
      payload: new Uint8Array(),
      payloadLength: 0,
      priority: 1,
      due: 0,
      losses: 1,
      failures: 2,
      state: "waiting",
      error: new Uint8Array(),
      runs: new Uint8Array(),
    }, false);
    router.enqueueJob({ function: "g" });
    const columns = ["function", "submitter", "age", "losses", "failures"];
    assertEquals(cells(peer().text("list jobs"), ...columns), [
      ["f", "-", "-", "1", "2"],
      ["g", "-", "0", "0", "0"],
    ]);
  });

  test("writes names so that they forge neither cells nor lines", () => {
    const { peer } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "a\tb\nc", ".", "");
    assertEquals(cells(client.text("list jobs"), "function", "unique"), [["a%09b%0Ac", "."]]);
  });
});

describe("the filters of list jobs", () => {
  /** Function and unique of each job that is listed. */
  function listed(command: string): string[] {
    const { peer, clock, router } = testRouter();
    const alice = peer(4001), bob = peer(4002);
    const worker = new FakePeer(router, { hostname: "::1", port: 7 }).canDo("resize");
    worker.send("SET_CLIENT_ID", "thumbs 1");
    const later = `${clock.epoch() / 1000 + 60}`;
    alice.submit("SUBMIT_JOB", "resize", "1", "");
    bob.submit("SUBMIT_JOB_BG", "resize", "2", "");
    bob.submit("SUBMIT_JOB_EPOCH", "mail", "1", later, "");
    bob.submit("SUBMIT_JOB_BG", "mail", "a b", "");
    worker.grab();
    const text = peer().text(`list jobs ${command}`);
    return cells(text, "function", "unique").map(([func, unique]) => `${func} ${unique}`);
  }

  test("take those of a function, a unique, a state", () => {
    assertEquals(listed("function=mail"), ["mail 1", "mail a b"]);
    assertEquals(listed("unique=1"), ["resize 1", "mail 1"]);
    assertEquals(listed("unique=a%20b"), ["mail a b"]);
    assertEquals(listed("state=waiting"), ["resize 2", "mail a b"]);
    assertEquals(listed("state=SCHEDULED"), ["mail 1"]);
  });

  test("take those of a worker or submitter by number, address or client id", () => {
    for (const worker of ["3", "3@[::1]:7", "[::1]:7", "::1", "thumbs%201"]) {
      assertEquals(listed(`worker=${worker}`), ["resize 1"]);
    }
    assertEquals(listed("worker=1"), []);
    for (const submitter of ["2", "2@127.0.0.1:4002", "127.0.0.1:4002"]) {
      assertEquals(listed(`submitter=${submitter}`).length, 3);
    }
    assertEquals(listed("submitter=127.0.0.1").length, 4);
  });

  test("hold together, and limit how many there are", () => {
    assertEquals(listed("function=mail state=waiting submitter=2"), ["mail a b"]);
    assertEquals(listed("function=mail state=waiting submitter=1"), []);
    assertEquals(listed("limit=3"), ["resize 1", "resize 2", "mail 1"]);
    assertEquals(listed("limit=0"), []);
  });

  test("are refused when they are none", () => {
    const client = testRouter().peer();
    const refused = (text: string) => `ERR INVALID_ARGUMENTS ${text}\r\n`;
    for (
      const [command, reason] of [
        ["list jobs resize", "A+filter+must+have+the+form+NAME=VALUE,+not+resize"],
        ["list jobs size=3", "There+is+no+filter+size"],
        ["list functions state=waiting", "There+is+no+filter+state"],
        ["list jobs function=a function=b", "The+filter+function+is+given+more+than+once"],
        [
          "list jobs state=asleep",
          "state+must+be+one+of+scheduled,+waiting,+running,+storing,+kept",
        ],
        ["list jobs limit=-1", "limit+must+be+an+integer+>=+0"],
      ]
    ) assertEquals(client.text(command), refused(reason));
  });
});

test("list job tells the same of one job by its handle", () => {
  const { peer } = testRouter();
  const client = peer();
  client.submit("SUBMIT_JOB_BG", "f", "1", "");
  const handle = client.submit("SUBMIT_JOB_BG", "f", "2", "");
  const [, second] = rows(client.text("list jobs"));
  assertEquals(rows(client.text(`list job ${handle}`)), [second]);
  assertEquals(client.text("list job H:none:1"), "ERR UNKNOWN_JOB\r\n");
  for (const words of ["", " a b"]) {
    assertEquals(
      client.text(`list job${words}`),
      "ERR INVALID_ARGUMENTS list+job+takes+one+handle\r\n",
    );
  }
});

describe("list connections", () => {
  test("lists everybody as list jobs names them, with what each can do behind", () => {
    const { peer } = testRouter();
    const client = peer(4001), worker = peer(4002).canDo("resize", "crop");
    worker.send("SET_CLIENT_ID", "thumbs").send("PRE_SLEEP");
    client.submit("SUBMIT_JOB", "resize", "", "");
    client.submit("SUBMIT_JOB", "resize", "", "");
    worker.grab();
    assertEquals(
      client.text("list connections"),
      "connection\tclient_id\trunning\twaiting_for\tsleeping\tquiet\tfunctions\tnames\n" +
        "1@127.0.0.1:4001\t-\t0\t2\t0\t0\t0\t\n" +
        "2@127.0.0.1:4002\tthumbs\t1\t0\t0\t0\t2\tresize\tcrop\n.\n",
    );
  });

  test("writes what has no port without one", () => {
    const { router } = testRouter();
    const client = new FakePeer(router, { hostname: "unix", port: 0 });
    assertEquals(cells(client.text("list connections"), "connection"), [["1@unix"]]);
  });
});

describe("list limits", () => {
  test("lists the limits of functions, also of those that do not exist yet", () => {
    const { peer } = testRouter();
    const client = peer().canDo("b", "c");
    client.text("maxqueue c 1 2 3");
    client.text("maxqueue a 5");
    assertEquals(
      client.text("list limits"),
      "function\tmax_high\tmax_normal\tmax_low\na\t5\t5\t5\nc\t1\t2\t3\n.\n",
    );
    assertEquals(rows(client.text("list limits function=a")).length, 1);
    assertEquals(rows(client.text("list limits function=b")).length, 0);
    client.text("maxqueue a");
    assertEquals(rows(client.text("list limits")).length, 1);
  });
});

test("there is nothing else to list", () => {
  const client = testRouter().peer();
  for (const command of ["list", "list workers", "list jobs_", "list __proto__"]) {
    assertEquals(client.text(command), "ERR UNKNOWN_COMMAND Unknown+server+command\r\n");
  }
  assertEquals(rows(client.text("LIST Jobs")).length, 0);
});

test("connections are listed while stored jobs are read, the others wait", () => {
  const { router, peer } = testRouter();
  router.isLoading = true;
  const client = peer();
  assertEquals(rows(client.text("list connections")).length, 1);
  for (const what of ["jobs", "functions", "limits"]) {
    const other = peer();
    other.connection.receive(new TextEncoder().encode(`list ${what}\n`), 0, 6 + what.length, false);
    assertEquals(other.connection.isHolding, true);
  }
});
