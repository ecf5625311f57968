import process from "node:process";
import { describe, test } from "node:test";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { addressesOf, parseListenAddress } from "../../cli/serve/listen_address.ts";
import { OptionError } from "../../options/kinds.ts";
import { port } from "../../cli/options/kinds.ts";

describe("An address to listen on", () => {
  test("is a host, with or without a port", () => {
    assertEquals(parseListenAddress("127.0.0.1"), { host: "127.0.0.1", port: undefined });
    assertEquals(parseListenAddress("db-1.example:4731"), { host: "db-1.example", port: 4731 });
    assertEquals(parseListenAddress("localhost:0"), { host: "localhost", port: 0 });
  });

  test("is an IPv6 address, in brackets where a port follows", () => {
    assertEquals(parseListenAddress("::1"), { host: "::1" });
    assertEquals(parseListenAddress("[::1]"), { host: "::1", port: undefined });
    assertEquals(parseListenAddress("[fe80::1]:4731"), { host: "fe80::1", port: 4731 });
  });

  test("is a star, or nothing before the port, for all addresses", () => {
    for (const text of ["*:4731", ":4731"]) {
      assertEquals(parseListenAddress(text), { host: undefined, port: 4731 });
    }
  });

  test("is the path of a unix socket, colons in it too", () => {
    assertEquals(parseListenAddress("unix:/run/a:b"), { path: "/run/a:b" });
    assertEquals(parseListenAddress("unix:gear.sock"), { path: "gear.sock" });
  });

  test("is no path that is longer than the system takes for a socket", () => {
    const longest = process.platform === "linux" ? 107 : 103;
    const path = "/tmp/é".padEnd(longest - 1, "x");
    assertEquals(parseListenAddress(`unix:${path}`), { path });
    const error = assertThrows(() => parseListenAddress(`unix:${path}x`), OptionError);
    assertStringIncludes(error.message, `has ${longest + 1} bytes`);
    assertStringIncludes(error.message, `at most ${longest}`);
  });

  test("is nothing else", () => {
    for (const text of ["", "unix:", "a:", "a:b", "a:1:2", "[::1]:", "[::1", "[a]:1", "a:65536"]) {
      assertThrows(() => parseListenAddress(text), OptionError);
    }
  });

  test("stands for all addresses of a name", async () => {
    assert((await addressesOf("localhost")).some((address) => /^127\.|^::1$/.test(address)));
    assertEquals(await addressesOf("127.0.0.1"), ["127.0.0.1"]);
    await assertRejects(() => addressesOf("no-such-host.invalid"), Error, "no-such-host.invalid");
  });
});

describe("A port", () => {
  test("is a number up to 65535, which is not wrapped around", () => {
    assertEquals(port.parse("0"), 0);
    assertEquals(port.parse("65535"), 65535);
    for (const text of ["65536", "99999", "-1", "1.5", "0x10", ""]) {
      assertThrows(() => port.parse(text), OptionError);
    }
  });
});
