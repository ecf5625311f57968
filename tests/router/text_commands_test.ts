import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { binary, FakePeer } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

const UNKNOWN = "ERR UNKNOWN_COMMAND Unknown+server+command\r\n";

describe("status", () => {
  test("lists functions by name with all jobs, running ones and workers", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("b", "a");
    client.submit("SUBMIT_JOB_BG", "b", "", "");
    client.submit("SUBMIT_JOB", "b", "", "");
    client.submit("SUBMIT_JOB_BG", "c", "", "");
    worker.grab();
    assertEquals(client.text("status"), "a\t0\t0\t1\nb\t2\t1\t1\nc\t1\t0\t0\n.\n");
  });

  test("has four columns, prioritystatus five", () => {
    const { peer } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_HIGH_BG", "f", "", "");
    client.submit("SUBMIT_JOB_LOW_BG", "f", "", "");
    client.submit("SUBMIT_JOB_LOW_BG", "f", "", "");
    assertEquals(client.text("status"), "f\t3\t0\t0\n.\n");
    assertEquals(client.text("prioritystatus"), "f\t1\t0\t2\t0\n.\n");
  });

  test("keeps a function that was used, until it is dropped", () => {
    const { peer } = testRouter();
    const client = peer();
    peer().canDo("f").vanish();
    assertEquals(client.text("status"), "f\t0\t0\t0\n.\n");
    assertEquals(client.text("drop function f"), "OK\r\n");
    assertEquals(client.text("status"), ".\n");
  });
});

describe("workers", () => {
  test("lists every connection by number, the asking one too, newest ability first", () => {
    const { peer, router } = testRouter();
    const client = peer();
    peer().canDo("a", "b").send("SET_CLIENT_ID", "box-1");
    new FakePeer(router, { hostname: "2001:db8::1", port: 5 });
    assertEquals(
      client.text("workers"),
      "1 127.0.0.1 - :\n2 127.0.0.1 box-1 : b a\n3 2001:db8::1 - :\n.\n",
    );
  });
});

describe("show", () => {
  test("jobs gives handle, lost workers, 0 and whether it is in the background", () => {
    const { peer } = testRouter();
    const client = peer();
    const first = client.submit("SUBMIT_JOB", "f", "u1", "");
    const second = client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(client.text("show jobs"), `${first}\t0\t0\t0\n${second}\t0\t0\t1\n.\n`);
    assertEquals(client.text("SHOW unique JOBS"), "u1\n\n.\n");
  });

  test("anything else is an error", () => {
    const { peer } = testRouter();
    const client = peer();
    assertEquals(client.text("show"), UNKNOWN);
    for (const rest of ["job", "jobs x", "unique", "unique job"]) {
      assertEquals(client.text(`show ${rest}`), "ERR UNKNOWN_SHOW_ARGUMENTS\r\n");
    }
  });
});

describe("jobs and clients", () => {
  test("give Perl's formats", () => {
    const { peer } = testRouter();
    const client = peer(4001), worker = peer(4002).canDo("f");
    client.submit("SUBMIT_JOB", "f", "u", "");
    client.submit("SUBMIT_JOB", "g", "", "");
    worker.grab();
    assertEquals(client.text("jobs"), "f\tu\t127.0.0.1:4002\t1\ng\t\t-\t1\n.\n");
    assertEquals(
      client.text("clients"),
      "127.0.0.1:4001\n\tf\tu\t127.0.0.1:4002\n\tg\t\t-\n127.0.0.1:4002\n.\n",
    );
  });

  test("write an IPv6 address so that its port can be told apart", () => {
    const { router } = testRouter();
    const client = new FakePeer(router, { hostname: "::1", port: 7 });
    assertEquals(client.text("clients"), "[::1]:7\n.\n");
  });
});

describe("gladiator", () => {
  test("counts what lives, right-aligned in seven columns", () => {
    const { peer } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(
      client.text("gladiator"),
      "      0 Timer\n      1 Connection\n      1 FunctionQueue\n      1 Job\n.\n",
    );
  });
});

describe("cancel job", () => {
  test("ends a waiting job and tells its clients", () => {
    const { peer, router } = testRouter();
    const client = peer(), admin = peer();
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    assertEquals(admin.text(`cancel job ${handle}`), "OK\r\n");
    assertEquals(client.packets(), [{ type: "WORK_FAIL", args: [handle] }]);
    assertEquals(router.jobs.size, 0);
    assertEquals(admin.text(`cancel job ${handle}`), "ERR UNKNOWN_JOB\r\n");
  });

  test("checks its arguments as the C server does", () => {
    const { peer } = testRouter();
    const client = peer();
    assertEquals(client.text("cancel"), UNKNOWN);
    assertEquals(client.text("cancel job"), UNKNOWN);
    assertEquals(client.text("cancel jobs H:x:1"), "ERR UNKNOWN_ERROR\r\n");
    assertEquals(client.text("cancel job H:x:1"), "ERR UNKNOWN_JOB\r\n");
  });
});

describe("create and drop function", () => {
  test("make and forget a function", () => {
    const { peer } = testRouter();
    const client = peer();
    assertEquals(client.text("create function f"), "OK\r\n");
    assertEquals(client.text("status"), "f\t0\t0\t0\n.\n");
    assertEquals(client.text("drop function f"), "OK\r\n");
    assertEquals(client.text("drop function f"), "ERR function not found\r\n");
  });

  test("a function that was dropped is a new one for the next submit", () => {
    const { peer } = testRouter();
    const client = peer(), admin = peer();
    for (let round = 0; round < 2; round++) {
      const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
      assertEquals(admin.text("status"), "f\t1\t0\t0\n.\n");
      assertEquals(admin.text(`cancel job ${handle}`), "OK\r\n");
      assertEquals(admin.text("drop function f"), "OK\r\n");
      assertEquals(admin.text("status"), ".\n");
    }
  });

  test("drop refuses while there are workers, running jobs, waiting jobs or jobs for later", () => {
    const { peer } = testRouter();
    const admin = peer();
    const refused = "ERR there are still connected workers or executing clients\r\n";
    const worker = peer().canDo("workers");
    peer().submit("SUBMIT_JOB_BG", "waiting", "", "");
    peer().submit("SUBMIT_JOB_EPOCH", "later", "", "9999999999", "");
    for (const name of ["workers", "waiting", "later"]) {
      assertEquals(admin.text(`drop function ${name}`), refused);
    }
    worker.vanish();
    assertEquals(admin.text("drop function workers"), "OK\r\n");
  });

  test("need exactly a name", () => {
    const { peer } = testRouter();
    const client = peer();
    for (const command of ["create", "drop"]) {
      for (const rest of ["", " function", " f", " function a b"]) {
        assertEquals(
          client.text(command + rest),
          "ERR INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+" +
            `${command}\r\n`,
        );
      }
    }
  });
});

describe("about the server", () => {
  test("version begins with OK, getpid and verbose too", () => {
    const { peer } = testRouter({ pid: 42 });
    const client = peer();
    assertEquals(client.text("version"), "OK 1.2.3\n");
    assertEquals(client.text("getpid"), "OK 42\n");
    assertEquals(client.text("verbose"), "OK FATAL\n");
  });
});

describe("shutdown", () => {
  test("is refused unless the server allows it", () => {
    let stopped = 0;
    const { peer } = testRouter({ onShutdown: () => stopped++ });
    assert(peer().text("shutdown").startsWith("ERR "));
    assert(peer().text("shutdown graceful").startsWith("ERR "));
    assertEquals(stopped, 0);
  });

  test("at once or gracefully where it is allowed, nothing else", () => {
    const stops: boolean[] = [];
    const onShutdown = (graceful: boolean) => void stops.push(graceful);
    const { peer } = testRouter({ allowShutdown: true, onShutdown });
    const client = peer();
    assertEquals(client.text("shutdown"), "OK\n");
    assertEquals(client.text("shutdown graceful"), "OK\n");
    assertEquals(
      client.text("shutdown now"),
      "ERR UNKNOWN_ARGS Unknown+arguments+to+server+command\r\n",
    );
    assertEquals(stops, [false, true]);
  });
});

describe("lines", () => {
  test("end in LF or CRLF, commands in any case, and are answered in order", () => {
    const { peer } = testRouter();
    assertEquals(peer().raw("VERSION\r\nstatus\nGetPid\r\n").bytes(), "OK 1.2.3\n.\nOK 0\n");
  });

  test("that are no command say so and nothing of what was sent", () => {
    const { peer } = testRouter();
    const client = peer();
    for (const line of ["", "help", " status", "toString", "__proto__"]) {
      assertEquals(client.text(line), UNKNOWN);
    }
  });

  test("may be mixed with packets", () => {
    const { peer } = testRouter();
    const client = peer();
    client.raw("version\n").send("ECHO_REQ", "x").raw("version\n");
    assertEquals(
      client.bytes(),
      "OK 1.2.3\n\0RES\0\0\0\x11\0\0\0\x01xOK 1.2.3\n",
    );
  });

  test("of more than 8 KiB are answered with an error and a close", () => {
    const { peer } = testRouter();
    const client = peer().raw("x".repeat(9000));
    assertEquals(client.bytes(), "ERR LINE_TOO_LONG Line+too+long\r\n");
    assert(client.isClosed);
  });

  // A browser sends text/plain to any port without asking, and with it whatever a web page likes.
  test("in the body of an HTTP request are not obeyed: its first line closes the connection", () => {
    const { peer } = testRouter();
    const client = peer().raw(
      "POST / HTTP/1.1\r\nHost: 127.0.0.1:4730\r\nContent-Type: text/plain\r\n\r\n" +
        "create function forged\r\n",
    );
    assertEquals(
      client.bytes(),
      "ERR INVALID_COMMAND This+is+a+Gearman+server+and+no+HTTP+server\r\n",
    );
    assert(client.isClosed);
    assertEquals(peer().text("status"), ".\n");
  });
});

describe("names", () => {
  test("are shown as the bytes they are, spaces and percent signs too", () => {
    const { peer } = testRouter();
    const worker = peer().canDo("a%20b", "a b", "\xc3\xbc\xff", "100%");
    worker.send("SET_CLIENT_ID", "my box 50%");
    worker.submit("SUBMIT_JOB_BG", "a b", "u%2F v", "");
    assertEquals(
      worker.text("status"),
      "100%\t0\t0\t1\na b\t1\t0\t1\na%20b\t0\t0\t1\n\xc3\xbc\xff\t0\t0\t1\n.\n",
    );
    assertEquals(
      worker.text("prioritystatus").split("\n").slice(1, 3),
      ["a b\t0\t1\t0\t1", "a%20b\t0\t0\t0\t1"],
    );
    assertEquals(
      worker.text("workers"),
      "1 127.0.0.1 my box 50% : 100% \xc3\xbc\xff a b a%20b\n.\n",
    );
    assertEquals(worker.text("show unique jobs"), "u%2F v\n.\n");
    assertEquals(worker.text("jobs"), "a b\tu%2F v\t-\t0\n.\n");
  });

  test("in a command are meant literally, if there is such a function", () => {
    const { peer } = testRouter();
    const client = peer();
    for (const name of ["q%2Fx", "q/x"]) client.submit("SUBMIT_JOB_BG", name, "", "");
    assertEquals(client.text("maxqueue q%2Fx 1"), "OK\n");
    assertEquals(client.send("SUBMIT_JOB_BG", "q/x", "", "").types(), ["JOB_CREATED"]);
    assertEquals(client.send("SUBMIT_JOB_BG", "q%2Fx", "", "").types(), ["ERROR"]);
    client.text("create function d%2Fx");
    client.text("create function d/x");
    assertEquals(client.text("drop function d%2Fx"), "OK\r\n");
    assertEquals(client.text("drop function d%2Fx"), "OK\r\n", "now it means the other");
    assertEquals(client.text("drop function d%2Fx"), "ERR function not found\r\n");
  });

  test("in a command may be escaped, as spaces and control characters have to be", () => {
    const { peer } = testRouter();
    const client = peer().canDo("Report Export", "a\nb", "\xff");
    for (const [word, name] of [["Report%20Export", "Report Export"], ["a%0Ab", "a\nb"]]) {
      assertEquals(client.text(`maxqueue ${word} 1`), "OK\n");
      assertEquals(client.send("SUBMIT_JOB_BG", name, "", "").types(), ["JOB_CREATED"]);
      assertEquals(client.send("SUBMIT_JOB_BG", name, "", "").types(), ["ERROR"]);
    }
    assertEquals(client.text("create function %ff"), "OK\r\n", "there it is");
    assertEquals(client.text("status").split("\n").length, 5);
    client.vanish();
    assertEquals(peer().text("drop function %FF"), "OK\r\n");
  });

  test("that are new are what the command says, with their percent signs", () => {
    const { peer } = testRouter();
    const client = peer();
    client.text("create function new%2Fname");
    assertEquals(client.text("status"), "new%2Fname\t0\t0\t0\n.\n");
    client.text("maxqueue other%2Fname 1");
    client.submit("SUBMIT_JOB_BG", "other%2Fname", "", "");
    assertEquals(client.send("SUBMIT_JOB_BG", "other%2Fname", "", "").types(), ["ERROR"]);
  });

  test("with a limit are known before there is the function", () => {
    const { peer, router } = testRouter();
    const client = peer();
    router.operations.limit(binary("a b"), [1, 1, 1], null);
    client.text("maxqueue a%20b 0");
    client.submit("SUBMIT_JOB_BG", "a b", "", "");
    assertEquals(client.send("SUBMIT_JOB_BG", "a b", "", "").types(), ["JOB_CREATED"]);
  });

  test("of jobs are handles, literally or escaped", () => {
    const { peer } = testRouter({ jobHandlePrefix: "H:100%41" });
    const client = peer();
    const first = client.submit("SUBMIT_JOB_BG", "f", "", "");
    const second = client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(client.text(`cancel job ${first}`), "OK\r\n");
    assertEquals(client.text(`cancel job ${second.replace("%", "%25")}`), "OK\r\n");
    assertEquals(client.text(`cancel job ${first}`), "ERR UNKNOWN_JOB\r\n");
  });
});
