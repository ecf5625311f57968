import type { Script } from "./script.ts";

const running = [
  ["client", "SUBMIT_JOB", "f", "u", "data"],
  ["worker", "CAN_DO", "f"],
  ["worker", "GRAB_JOB"],
] as const;

const backgroundRunning = [
  ["client", "SUBMIT_JOB_BG", "f", "u", "data"],
  ["worker", "CAN_DO", "f"],
  ["worker", "GRAB_JOB"],
] as const;

/** What workers send about a job, and what clients learn of it. */
export const results: readonly Script[] = [
  {
    name: "data, warning and status reach the client before the result",
    steps: [
      ...running,
      ["worker", "WORK_DATA", "<1>", "data 1"],
      ["worker", "WORK_WARNING", "<1>", "warning"],
      ["worker", "WORK_STATUS", "<1>", "1", "2"],
      ["client", "GET_STATUS", "<1>"],
      ["client", "GET_STATUS_UNIQUE", "u"],
      ["worker", "WORK_DATA", "<1>", ""],
      ["worker", "WORK_COMPLETE", "<1>", "result"],
    ],
  },
  {
    name: "results of a background job reach nobody",
    steps: [
      ...backgroundRunning,
      ["worker", "WORK_DATA", "<1>", "data 1"],
      ["worker", "WORK_WARNING", "<1>", "warning"],
      ["worker", "WORK_STATUS", "<1>", "1", "2"],
      ["client", "GET_STATUS", "<1>"],
      ["client", "GET_STATUS_UNIQUE", "u"],
      ["worker", "WORK_COMPLETE", "<1>", "result"],
      ["client", "GET_STATUS", "<1>"],
      ["client", "GET_STATUS_UNIQUE", "u"],
    ],
  },
  {
    name: "a background job that fails",
    steps: [...backgroundRunning, ["worker", "WORK_FAIL", "<1>"], ["client", "text", "status"]],
  },
  {
    name: "a background job with an exception",
    steps: [
      ["client", "OPTION_REQ", "exceptions"],
      ...backgroundRunning,
      ["worker", "WORK_EXCEPTION", "<1>", "why"],
      ["client", "text", "status"],
    ],
  },
  {
    name: "a job that fails",
    steps: [...running, ["worker", "WORK_FAIL", "<1>"], ["client", "GET_STATUS", "<1>"]],
  },
  {
    name: "an exception reaches a client that asked for exceptions and ends the job",
    steps: [
      ["client", "OPTION_REQ", "exceptions"],
      ...running,
      ["worker", "WORK_EXCEPTION", "<1>", "why\0more"],
      ["client", "GET_STATUS", "<1>"],
    ],
  },
  {
    name: "an exception reaches every client when the server is told so",
    gearmandOptions: ["--exceptions"],
    options: { exceptions: true },
    steps: [...running, ["worker", "WORK_EXCEPTION", "<1>", "why"]],
  },
  {
    name: "an exception is a failure for a client that did not ask for exceptions",
    steps: [
      ...running,
      ["worker", "WORK_EXCEPTION", "<1>", "why"],
      ["client", "GET_STATUS", "<1>"],
    ],
  },
  {
    name: "WORK_FAIL after WORK_EXCEPTION",
    steps: [
      ["client", "OPTION_REQ", "exceptions"],
      ...running,
      ["worker", "WORK_EXCEPTION", "<1>", "why"],
      ["worker", "WORK_FAIL", "<1>"],
    ],
  },
  {
    name: "WORK_COMPLETE after WORK_EXCEPTION",
    steps: [
      ["client", "OPTION_REQ", "exceptions"],
      ...running,
      ["worker", "WORK_EXCEPTION", "<1>", "why"],
      ["worker", "WORK_COMPLETE", "<1>", "result"],
    ],
  },
  ...["WORK_COMPLETE", "WORK_DATA", "WORK_WARNING", "WORK_EXCEPTION"].map((type): Script => ({
    name: `${type} for a job that does not exist`,
    steps: [["worker", type, "H:nowhere:1", "data"], ["worker", "ECHO_REQ", "still there"]],
  })),
  {
    name: "WORK_FAIL for a job that does not exist",
    steps: [["worker", "WORK_FAIL", "H:nowhere:1"]],
  },
  {
    name: "WORK_STATUS for a job that does not exist",
    steps: [["worker", "WORK_STATUS", "H:nowhere:1", "1", "2"]],
  },
  ...["WORK_COMPLETE", "WORK_DATA", "WORK_WARNING", "WORK_EXCEPTION"].map((type): Script => ({
    name: `${type} for the job of another worker`,
    steps: [...running, ["other", type, "<1>", "data"], ["client", "GET_STATUS", "<1>"]],
  })),
  {
    name: "WORK_FAIL for the job of another worker",
    steps: [...running, ["other", "WORK_FAIL", "<1>"], ["client", "GET_STATUS", "<1>"]],
  },
  {
    name: "WORK_STATUS for the job of another worker",
    steps: [...running, ["other", "WORK_STATUS", "<1>", "1", "2"], ["client", "GET_STATUS", "<1>"]],
  },
  {
    name: "results for a job that waits",
    steps: [
      ["client", "SUBMIT_JOB", "f", "u", "data"],
      ["worker", "CAN_DO", "f"],
      ["worker", "WORK_COMPLETE", "<1>", "result"],
      ["worker", "WORK_STATUS", "<1>", "1", "2"],
      ["worker", "WORK_DATA", "<1>", "data"],
      ["client", "GET_STATUS", "<1>"],
    ],
  },
  {
    name: "a second WORK_COMPLETE, and everything else after the end",
    steps: [
      ...running,
      ["worker", "WORK_COMPLETE", "<1>", "result"],
      ["worker", "WORK_COMPLETE", "<1>", "result"],
      ["worker", "WORK_FAIL", "<1>"],
      ["worker", "WORK_STATUS", "<1>", "1", "2"],
      ["worker", "WORK_DATA", "<1>", "data"],
      ["worker", "WORK_WARNING", "<1>", "warning"],
      ["worker", "WORK_EXCEPTION", "<1>", "exception"],
    ],
  },
  ...[
    ["0", "0"],
    ["7", "3"],
    ["-1", "-2"],
    ["abc", "def"],
    ["1.5", "2.5"],
    ["", ""],
    [" 5", "+7"],
    ["4294967295", "4294967295"],
    ["0x10", "1e3"],
  ].map(([numerator, denominator]): Script => ({
    name: `WORK_STATUS with ${JSON.stringify(numerator)} of ${JSON.stringify(denominator)}`,
    steps: [
      ...running,
      ["worker", "WORK_STATUS", "<1>", numerator, denominator],
      ["client", "GET_STATUS", "<1>"],
      ["client", "GET_STATUS_UNIQUE", "u"],
    ],
  })),
  {
    name: "WORK_STATUS with a denominator of twelve digits",
    steps: [
      ...running,
      ["worker", "WORK_STATUS", "<1>", "1", "100000000000"],
      ["client", "GET_STATUS", "<1>"],
    ],
  },
  {
    name: "WORK_FAIL with bytes after its handle",
    steps: [...running, ["worker", "WORK_FAIL", "<1>", "more"]],
  },
  {
    name: "WORK_FAIL with a handle of 64 bytes",
    steps: [["worker", "WORK_FAIL", "h".repeat(64)]],
  },
  {
    name: "WORK_FAIL with a handle of 63 bytes",
    steps: [["worker", "WORK_FAIL", "h".repeat(63)]],
  },
  {
    name: "WORK_COMPLETE with a handle of 100 bytes",
    steps: [["worker", "WORK_COMPLETE", "h".repeat(100), "result"]],
  },
  {
    name: "GET_STATUS of handles that do not exist",
    steps: [
      ["client", "GET_STATUS", "H:x:1"],
      ["client", "GET_STATUS", ""],
      ["client", "GET_STATUS", "h".repeat(63)],
    ],
  },
  {
    name: "GET_STATUS with bytes after its handle",
    steps: [
      ["client", "SUBMIT_JOB_BG", "f", "u", "data"],
      ["client", "GET_STATUS", "<1>", ""],
      ["client", "GET_STATUS", "<1>", "more"],
    ],
  },
  {
    name: "GET_STATUS_UNIQUE with bytes after its unique",
    steps: [
      ["client", "SUBMIT_JOB_BG", "f", "u", "data"],
      ["client", "GET_STATUS_UNIQUE", "u", ""],
      ["client", "GET_STATUS_UNIQUE", "u", "more"],
    ],
  },
  {
    name: "GET_STATUS with a handle of 64 bytes",
    steps: [["client", "GET_STATUS", "h".repeat(64)]],
  },
  {
    name: "GET_STATUS_UNIQUE of uniques that do not exist",
    steps: [
      ["client", "GET_STATUS_UNIQUE", "u"],
      ["client", "GET_STATUS_UNIQUE", ""],
      ["client", "GET_STATUS_UNIQUE", "-"],
      ["client", "GET_STATUS_UNIQUE", "u".repeat(63)],
    ],
  },
  {
    name: "GET_STATUS_UNIQUE with a unique of 64 bytes",
    steps: [["client", "GET_STATUS_UNIQUE", "u".repeat(64)]],
  },
];
