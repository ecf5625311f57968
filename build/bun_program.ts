/**
 * The program as Bun puts it into a binary, with all modules that are else loaded on demand.
 *
 * @module
 */
import { basename } from "node:path";
import process from "node:process";
import { main } from "../cli.ts";
import { BUNDLED } from "../on_demand.ts";

BUNDLED.set("http/app", () => import("../http/app.ts"));
BUNDLED.set("cli/dash/dash_app", () => import("../cli/dash/dash_app.ts"));
BUNDLED.set("policies/schedules/mod", () => import("../policies/schedules/mod.ts"));
BUNDLED.set("store/postgres/mod", () => import("../store/postgres/mod.ts"));
BUNDLED.set("store/postgres/tools", () => import("../store/postgres/tools.ts"));

process.exit(await main(process.argv.slice(2), basename(process.argv0)));
