/**
 * The project as somebody has it who has Deno and no npm, where JSR may be out of reach.
 *
 * @module
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { ROOT } from "./runtimes.ts";

/** Stands in for a package of JSR: a folder that Deno links. */
interface StandIn {
  readonly name: string;
  /** The files of `npm/`, by what they are imported as. */
  readonly exports: Readonly<Record<string, string>>;
  /** The packages of npm that they are made of. */
  readonly imports: Readonly<Record<string, string>>;
}

const STAND_INS: readonly StandIn[] = [
  { name: "@std/assert", exports: { ".": "std_assert.ts" }, imports: {} },
  {
    name: "@std/cli",
    exports: {
      "./parse-args": "std_cli_parse_args.ts",
      "./unicode-width": "std_cli_unicode_width.ts",
      "./unstable-progress-bar": "std_cli_unstable_progress_bar.ts",
    },
    imports: {
      minimist: "npm:minimist@^1.2.8",
      "cli-progress": "npm:cli-progress@^3.12.0",
      "fast-string-width": "npm:fast-string-width@^3.0.2",
    },
  },
  {
    name: "@std/streams",
    exports: { "./text-line-stream": "std_streams_text_line_stream.ts" },
    imports: { split2: "npm:split2@^4.2.0" },
  },
];

/** What a fresh clone does not have. */
const NOT_CLONED = ["node_modules", "dist", ".git"];

/**
 * Copies into a folder what a fresh clone has, and makes of `npm/` what stands in for JSR.
 *
 * @returns the folder of the copy.
 */
export function copyProject(folder: string): string {
  const copy = join(folder, "project");
  fs.cpSync(ROOT, copy, {
    recursive: true,
    filter: (source) => !NOT_CLONED.includes(source.slice(ROOT.length).split(/[/\\]/)[0]),
  });
  const links = STAND_INS.map((standIn) => writeStandIn(folder, standIn));
  const manifest = JSON.parse(fs.readFileSync(join(ROOT, "deno.json"), "utf8"));
  fs.writeFileSync(join(copy, "deno.json"), JSON.stringify({ ...manifest, links }));
  return copy;
}

function writeStandIn(parent: string, { name, exports: files, imports }: StandIn): string {
  const folder = join(parent, name);
  fs.mkdirSync(folder, { recursive: true });
  const exports: Record<string, string> = {};
  for (const [path, file] of Object.entries(files)) {
    fs.copyFileSync(join(ROOT, "npm", file), join(folder, file));
    exports[path] = `./${file}`;
  }
  const manifest = { name, version: "1.0.999", exports, imports };
  fs.writeFileSync(join(folder, "deno.json"), JSON.stringify(manifest));
  return folder;
}
