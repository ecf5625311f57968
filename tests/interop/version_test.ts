/**
 * What libraries make of the version that a server says. PHP's `Net_Gearman` compares it to know
 * whether CAN_DO_TIMEOUT counts in seconds, as before gearmand 1.1.19, or in milliseconds.
 */
import { describe } from "node:test";
import { assertEquals } from "@std/assert";
import { program, run } from "../support/programs.ts";
import { interopTest } from "./job_server.ts";

const php = program("php", "php-cli");

describe("the version of the server", () => {
  interopTest([php], "is not older than gearmand 1.1.19 for PHP", async (server) => {
    using peer = await server.peer();
    const line = await peer.send("version\n").nextLine();
    const version = line.replace(/^OK /, "");
    const code = "exit(version_compare($argv[1], '1.1.19', '>=') ? 0 : 1);";
    const compared = (text: string) => run(php.program, ["-r", code, "--", text]);
    assertEquals((await compared(version)).code, 0);
    assertEquals((await compared("0.1.0")).code, 1);
    // How Net_Gearman itself asks whether to send milliseconds, with the whole line.
    const asks = "exit(version_compare('1.1.18', $argv[1]) ? 0 : 1);";
    assertEquals((await run(php.program, ["-r", asks, "--", line])).code, 0);
  });
});
