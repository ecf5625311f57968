/**
 * For tests of programs that use Gearman: a server that ends with its test, and a clock that the test
 * moves.
 *
 * @module
 */

export { ManualClock } from "./manual_clock.ts";
export { TestServer, testServer, type TestServerOptions } from "./test_server.ts";
