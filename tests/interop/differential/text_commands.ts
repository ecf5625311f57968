import type { Script, Step } from "./script.ts";

/** Lines by what they are about; each is sent alone, once with LF and once with CRLF. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  "one word": ["version", "getpid", "verbose", "status", "prioritystatus", "workers"],
  "capitals": ["VERSION", "Status", "SHOW JOBS", "Show Unique Jobs"],
  "words too many": ["version x", "status a b c", "workers now", "getpid 1", "verbose 2"],
  "spaces and tabs": ["", " ", " version", "version ", "show  jobs", "\tversion", "version\t"],
  "show": "show jobs|show unique jobs|show x|show jobs x|show unique|show unique x".split("|"),
  "show without more": ["show"],
  "cancel": ["cancel job H:x:1", "cancel x H:x:1", "cancel job H:x:1 more"],
  "cancel without more": ["cancel", "cancel job"],
  "create": ["create", "create function", "create x y", "create function f more"],
  "drop": ["drop", "drop function", "drop x y", "drop function f", "drop function f more"],
  "maxqueue": ["maxqueue f", "maxqueue f 1", "maxqueue f 1 2", "maxqueue f 1 2 3"],
  "maxqueue with junk": ["maxqueue", "maxqueue f x", "maxqueue f -1", "maxqueue f 0"],
  "shutdown": ["shutdown", "shutdown graceful", "shutdown x"],
  "what the C server does not know": ["help", "quit now", "jobs", "clients"],
};

const jobs: readonly Step[] = [
  ["worker", "CAN_DO", "f"],
  ["client", "SUBMIT_JOB_BG", "f", "unique-1", "data"],
  ["client", "SUBMIT_JOB_HIGH", "f", "unique-2", "data"],
  ["client", "SUBMIT_JOB_LOW", "g", "unique-3", "data"],
  ["worker", "GRAB_JOB"],
];

const limit = (...words: string[]): Step => ["admin", "text", `maxqueue ${words.join(" ")}`];

const submitsOf = (...types: string[]): Step[] =>
  types.map((type) => ["client", type, "f", "", "data"]);

/** The administrative text commands. */
export const textCommands: readonly Script[] = [
  ...[["LF", "\n"], ["CRLF", "\r\n"]].flatMap(([name, end]) =>
    Object.entries(LINES).map(([about, lines]): Script => ({
      name: `lines with ${name}: ${about}`,
      steps: lines.map((line) => ["client", "bytes", line + end]),
    }))
  ),
  {
    name: "listings with jobs",
    steps: [
      ...jobs,
      ["admin", "text", "status"],
      ["admin", "text", "prioritystatus"],
      ["admin", "text", "workers"],
      ["admin", "text", "show jobs"],
      ["admin", "text", "show unique jobs"],
    ],
  },
  {
    name: "names with spaces, percent signs and umlauts in listings and commands",
    steps: [
      ...["Report Export", "report%2Fdaily", "100%", "a%zz", "f\xc3\xbcnk"].map((name): Step => {
        return ["worker", "CAN_DO", name];
      }),
      ["worker", "SET_CLIENT_ID", "my box 50%20"],
      ["client", "SUBMIT_JOB_BG", "Report Export", "u%20 v", "data"],
      ["admin", "text", "status"],
      ["admin", "text", "prioritystatus"],
      ["admin", "text", "workers"],
      ["admin", "text", "show unique jobs"],
      ["admin", "bytes", "create function new%2Fname\r\n"],
      ["admin", "text", "status"],
      limit("new%2Fname", "1"),
      ["client", "SUBMIT_JOB_BG", "new%2Fname", "", "data"],
      ["client", "SUBMIT_JOB_BG", "new%2Fname", "", "data"],
      ["admin", "text", "drop function report%2Fdaily"],
      ["worker", "CANT_DO", "report%2Fdaily"],
      ["admin", "text", "drop function report%2Fdaily"],
      ["admin", "text", "status"],
    ],
  },
  {
    name: "pipelined lines are answered in their order",
    steps: [["admin", "bytes", "status\nversion\nnonsense\r\nmaxqueue f 3\ngetpid\nshow jobs\n"]],
  },
  {
    name: "a line that arrives in pieces",
    steps: [
      ["admin", "part", "sta"],
      ["other", "text", "version"],
      ["admin", "part", "tus\nver"],
      ["other", "text", "version"],
      ["admin", "bytes", "sion\n"],
    ],
  },
  {
    name: "more than five words",
    steps: [["admin", "text", "maxqueue f 1 2 3 4"], ["other", "text", "status"]],
  },
  {
    name: "a function of which nothing is left stays in the listing",
    steps: [
      ["worker", "CAN_DO", "f"],
      ["worker", "hangs up"],
      ["admin", "text", "status"],
    ],
  },
  {
    name: "create function with CRLF, in the listing",
    steps: [
      ["admin", "bytes", "create function abc\r\n"],
      ["admin", "bytes", "create function abc\r\n"],
      ["admin", "text", "status"],
      ["admin", "text", "prioritystatus"],
    ],
  },
  {
    name: "a text line of HTTP, with a command behind it",
    steps: [
      ["admin", "bytes", "POST / HTTP/1.1\r\n\r\ncreate function forged\r\n"],
    ],
  },
  {
    name: "create function with LF, in the listing",
    steps: [["admin", "bytes", "create function abc\n"], ["admin", "text", "status"]],
  },
  {
    name: "drop function of an idle one",
    steps: [
      ["admin", "bytes", "create function abc\r\n"],
      ["admin", "text", "drop function abc"],
      ["admin", "text", "status"],
      ["admin", "text", "drop function abc"],
    ],
  },
  {
    name: "drop function of one with a worker",
    steps: [
      ["worker", "CAN_DO", "f"],
      ["admin", "text", "drop function f"],
      ["admin", "text", "status"],
      ["worker", "CANT_DO", "f"],
      ["admin", "text", "drop function f"],
      ["admin", "text", "status"],
    ],
  },
  {
    name: "drop function of one with waiting jobs",
    steps: [
      ["client", "SUBMIT_JOB_BG", "f", "u", "data"],
      ["admin", "text", "drop function f"],
      ["client", "GET_STATUS", "<1>"],
    ],
  },
  {
    name: "drop function of a name in capitals",
    steps: [["admin", "bytes", "create function abc\r\n"], ["admin", "text", "drop function ABC"]],
  },
  {
    name: "cancel job of one that waits",
    steps: [
      ["client", "SUBMIT_JOB", "f", "u", "data"],
      ["admin", "text", "cancel job <1>"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
      ["admin", "text", "status"],
    ],
  },
  {
    name: "cancel job of one in the background",
    steps: [
      ["client", "SUBMIT_JOB_BG", "f", "u", "data"],
      ["admin", "bytes", "CANCEL JOB <1>\r\n"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
    ],
  },
  {
    name: "what is left of a cancelled job",
    steps: [
      ["client", "SUBMIT_JOB", "f", "u", "data"],
      ["admin", "text", "cancel job <1>"],
      ["client", "GET_STATUS", "<1>"],
      ["admin", "text", "show jobs"],
      ["admin", "text", "status"],
    ],
  },
  {
    name: "cancel job twice",
    steps: [
      ["client", "SUBMIT_JOB", "f", "u", "data"],
      ["admin", "text", "cancel job <1>"],
      ["admin", "text", "cancel job <1>"],
    ],
  },
  {
    name: "cancel job of one that runs",
    steps: [
      ["client", "SUBMIT_JOB", "f", "u", "data"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
      ["admin", "text", "cancel job <1>"],
      ["admin", "text", "status"],
      ["worker", "WORK_DATA", "<1>", "part"],
      ["worker", "WORK_COMPLETE", "<1>", "result"],
      ["admin", "text", "status"],
    ],
  },
  {
    name: "maxqueue with one limit",
    steps: [
      ...submitsOf("SUBMIT_JOB_BG"),
      limit("f", "2"),
      ...submitsOf("SUBMIT_JOB_BG", "SUBMIT_JOB_BG", "SUBMIT_JOB", "SUBMIT_JOB_HIGH_BG"),
      ["client", "SUBMIT_JOB_EPOCH", "f", "", "0", "data"],
      ["client", "SUBMIT_JOB_BG", "g", "", "another function"],
      limit("f"),
      ...submitsOf("SUBMIT_JOB_BG", "SUBMIT_JOB"),
    ],
  },
  {
    name: "maxqueue with two limits leaves low priority unlimited",
    steps: [
      ...submitsOf("SUBMIT_JOB_BG"),
      limit("f", "3", "2"),
      ...submitsOf("SUBMIT_JOB_BG", "SUBMIT_JOB_BG", "SUBMIT_JOB_LOW_BG", "SUBMIT_JOB_LOW_BG"),
      ...submitsOf("SUBMIT_JOB_HIGH_BG"),
    ],
  },
  {
    name: "maxqueue with three limits",
    steps: [
      ...submitsOf("SUBMIT_JOB_BG"),
      limit("f", "4", "3", "2"),
      ...submitsOf("SUBMIT_JOB_LOW_BG", "SUBMIT_JOB_LOW_BG", "SUBMIT_JOB_BG", "SUBMIT_JOB_BG"),
      ...submitsOf("SUBMIT_JOB_HIGH", "SUBMIT_JOB_HIGH"),
    ],
  },
  {
    name: "maxqueue counts the jobs that run",
    steps: [
      ...submitsOf("SUBMIT_JOB_BG"),
      limit("f", "1"),
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
      ...submitsOf("SUBMIT_JOB_BG"),
      ["worker", "WORK_COMPLETE", "<1>", "result"],
      ...submitsOf("SUBMIT_JOB_BG"),
    ],
  },
  {
    name: "maxqueue lets a submit join when the queue is full",
    steps: [
      ["client", "SUBMIT_JOB_BG", "f", "u", "data"],
      limit("f", "1"),
      ["client", "SUBMIT_JOB_BG", "f", "u", "data"],
      ["client", "SUBMIT_JOB_BG", "f", "v", "data"],
    ],
  },
  ...["0", "-3", "abc", ""].map((value): Script => ({
    name: `maxqueue with ${JSON.stringify(value)} resets`,
    steps: [
      ...submitsOf("SUBMIT_JOB_BG"),
      limit("f", "1"),
      ...submitsOf("SUBMIT_JOB_BG"),
      limit("f", value),
      ...submitsOf("SUBMIT_JOB_BG", "SUBMIT_JOB_BG"),
    ],
  })),
  {
    name: "maxqueue of a function that does not exist yet",
    steps: [limit("f", "1"), ...submitsOf("SUBMIT_JOB_BG", "SUBMIT_JOB_BG")],
  },
  {
    name: "maxqueue does not count a job whose client has left",
    steps: [
      ["gone", "SUBMIT_JOB", "f", "u", "data"],
      limit("f", "1"),
      ["gone", "hangs up"],
      ...submitsOf("SUBMIT_JOB_BG"),
    ],
  },
  {
    name: "maxqueue does not count a cancelled job",
    steps: [
      ...submitsOf("SUBMIT_JOB_BG"),
      limit("f", "1"),
      ["admin", "text", "cancel job <1>"],
      ...submitsOf("SUBMIT_JOB_BG"),
    ],
  },
];
