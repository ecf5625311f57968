import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { checkStart } from "../../cli/serve/check_start.ts";
import { readTokens } from "../../cli/serve/http_listening.ts";
import { parseHttpAddress } from "../../cli/serve/listen_address.ts";
import { OptionError } from "../../options/kinds.ts";
import { type Program, runProgram, startServe } from "../support/program.ts";
import { RawHttp } from "../support/raw_http.ts";
import { NO_MODES } from "../support/unix_sockets.ts";
import { unless } from "../support/unless.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-http-"));
after(() => fs.rmSync(directory, { recursive: true }));
const TOKEN = "a-secret-of-this-test";

function fileWith(name: string, text: string): string {
  const path = join(directory, name);
  fs.writeFileSync(path, text);
  return path;
}

/** Where it serves HTTP, as it says itself. */
async function httpPlaces(program: Program): Promise<string[]> {
  return (await program.line(/HTTP is served on /)).replace(/^.* on /, "").split(", ");
}

describe("--http", () => {
  test("is a port of this machine, a host with a port, or a unix socket", () => {
    assertEquals(parseHttpAddress("4780"), { host: "127.0.0.1", port: 4780 });
    assertEquals(parseHttpAddress("[::1]:4780"), { host: "::1", port: 4780 });
    assertEquals(parseHttpAddress("name.example:0"), { host: "name.example", port: 0 });
    assertEquals(parseHttpAddress("*:4780"), { host: undefined, port: 4780 });
    assertEquals(parseHttpAddress("unix:/run/gear.http"), { path: "/run/gear.http" });
    for (const text of ["", "name.example", "::1", "4780x", "99999", "unix:", "name:"]) {
      assertThrows(() => parseHttpAddress(text), OptionError);
    }
  });

  test("serves where it is told to, on all addresses of a name", async () => {
    await using program = startServe(["--http", "localhost:0", "--http", "0"]);
    const places = await httpPlaces(program);
    for (const place of places) {
      assertEquals(await (await fetch(`http://${place}/healthz`)).text(), "ok\n");
    }
    assertEquals(await (await fetch(`http://${places.at(-1)}/readyz`)).text(), "ready\n");
    program.kill("SIGTERM");
    assertEquals((await program.end).status, 0);
  });

  test(...unless(NO_MODES, "serves on a unix socket with --listen-mode"), async () => {
    const path = join(directory, "http.sock");
    await using program = startServe(["--http", `unix:${path}`, "--listen-mode", "0600"]);
    assertEquals(await httpPlaces(program), [`unix:${path}`]);
    assertEquals((fs.lstatSync(path).mode & 0o777).toString(8), "600");
    using client = await RawHttp.connect({ path });
    assertStringIncludes(await client.get("/healthz").until(/ok\n/), " 200 ");
  });

  test("beyond this machine needs a token: without, the server does not start", async () => {
    for (const address of ["*:0", "0.0.0.0:0"]) {
      assertThrows(() => checkStart({ http: [parseHttpAddress(address)] }), OptionError, "token");
    }
    const { status, stderr } = await runProgram(["serve", "-p", "0", "--http", "*:0"]);
    assertEquals(status, 1);
    assertMatch(stderr.at(-1)!, /HTTP on \* can be reached from other machines/);
    const httpTokenFile = fileWith("enough", TOKEN);
    assertEquals(checkStart({ http: [parseHttpAddress("*:0")], httpTokenFile }), []);
  });
});

describe("--http-token-file", () => {
  test("has a token a line, with its rights behind it", () => {
    const text = `# for people\n\n  ${TOKEN}  \nanother-secret-of-it read-only payloads\r\n`;
    assertEquals(readTokens(fileWith("tokens", text)), [
      { token: TOKEN },
      { token: "another-secret-of-it", readOnly: true, payloads: true },
    ]);
  });

  test("is refused with the line that is wrong, but never with a token in the message", () => {
    const wrong = {
      "": "there is no token in it",
      "short": "line 1: a token has 16 characters",
      [`${TOKEN}\n${TOKEN} write`]: "line 2: after the token",
      [`${TOKEN}\u{e4}`]: "line 1: a token has 16",
    };
    for (const [text, reason] of Object.entries(wrong)) {
      const path = fileWith("wrong", text);
      const { message } = assertThrows(() => readTokens(path), OptionError, reason);
      assertEquals(message.includes(TOKEN), false);
      assertThrows(() => checkStart({ httpTokenFile: path }), OptionError, reason);
    }
    assertThrows(() => readTokens(join(directory, "missing")), OptionError, "cannot read");
  });

  const noSignals = process.platform === "win32" && "Windows has no SIGHUP";
  test(
    ...unless(noSignals, "is read again at SIGHUP; the former ones hold if it is wrong"),
    async () => {
      const file = fileWith("rotated", TOKEN);
      await using program = startServe(["--http", "0", "--http-token-file", file]);
      const [place] = await httpPlaces(program);
      const status = async (token: string) => {
        const headers = { authorization: `Bearer ${token}` };
        const response = await fetch(`http://${place}/nothing`, { headers });
        await response.body?.cancel();
        return response.status;
      };
      assertEquals([await status(TOKEN), await status("a-wrong-one-of-this-test")], [404, 401]);
      fs.writeFileSync(file, `${TOKEN}\nthe-next-secret-of-it`);
      program.kill("SIGHUP");
      await program.line(/tokens of HTTP are read: 2/);
      assertEquals([await status(TOKEN), await status("the-next-secret-of-it")], [404, 404]);
      fs.writeFileSync(file, "");
      program.kill("SIGHUP");
      await program.line(/there is no token in it; the former tokens hold/);
      assertEquals(await status(TOKEN), 404);
    },
  );
});
