import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Program, runProgram } from "../../support/program.ts";
import { startServer } from "../../support/server.ts";

const directory = mkdtempSync(join(tmpdir(), "geartrain-dash-"));
after(() => rmSync(directory, { recursive: true }));
const TOKEN = "a-secret-of-this-test";

describe("geartrain dash", () => {
  test("serves the page of the dashboard, and what it asks for, until it is ended", async () => {
    await using server = startServer();
    await using program = new Program([
      "dash",
      "--server",
      `127.0.0.1:${server.port}`,
      "--http",
      "0",
    ]);
    const line = await program.outputLine(/is at /);
    assertStringIncludes(line, `The dashboard of 127.0.0.1:${server.port} is at http://127.0.0.1:`);
    const url = line.replace(/^.* is at /, "");
    assertStringIncludes(await (await fetch(url)).text(), "<title>");
    const told = await (await fetch(`${url}api/v1/server`)).json();
    assertEquals([told.watched.address, told.watched.isGeartrain], [
      `127.0.0.1:${server.port}`,
      true,
    ]);
    await server.stop();
    const response = await fetch(`${url}api/v1/jobs`);
    assertEquals(response.status, 503);
    assertMatch((await response.json()).detail, /It is asked again in \d s\.$/);
    program.kill("SIGTERM");
    const end = await program.end;
    assertEquals([end.status, end.stderr], [0, []]);
  });

  test("beyond this machine needs a token, which SIGHUP reads again", async () => {
    const refused = await runProgram(["dash", "--http", "*:0"]);
    assertEquals(refused.status, 1);
    assertMatch(refused.stderr.at(-1)!, /HTTP on \* can be reached from other machines/);
    const path = join(directory, "tokens");
    writeFileSync(path, TOKEN);
    await using program = new Program([
      ...["dash", "--server", "127.0.0.1:1", "--http", "*:0", "--http-token-file", path],
    ]);
    const [, port] = /:(\d+)\/$/.exec(await program.outputLine(/is at /))!;
    const statusWith = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/server`, { headers });
      await response.body?.cancel();
      return response.status;
    };
    assertEquals(await statusWith("another-secret-of-it"), 401);
    // There is no such server.
    assertEquals(await statusWith(TOKEN), 503);
    writeFileSync(path, "short");
    program.kill("SIGHUP");
    assertMatch(await program.line(/hold/), /16 characters or more.*; the former tokens hold$/);
    assertEquals(await statusWith(TOKEN), 503);
  });

  test("says what is wrong with its options, and where it cannot listen", async () => {
    const cases = {
      "--server=": /--server/,
      "--http=here": /--http: must be PORT, HOST:PORT or unix:PATH/,
      "--http-token-file=/nonexistent": /cannot read \/nonexistent/,
    };
    for (const [option, message] of Object.entries(cases)) {
      const { status, stderr } = await runProgram(["dash", option]);
      assertEquals(status, 1);
      assertMatch(stderr.at(-1)!, message);
    }
    await using taken = startServer();
    const { status, stderr } = await runProgram(["dash", "--http", `${taken.port}`]);
    assertEquals(status, 1);
    assert(stderr.at(-1)!.includes(`${taken.port}`), stderr.join());
  });
});
