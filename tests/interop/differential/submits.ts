import { packet, type Script, type Step } from "./script.ts";

/** What every listing says. */
const listed = (connection: string): Step[] =>
  ["status", "prioritystatus", "show jobs", "show unique jobs"]
    .map((command) => [connection, "text", command]);

const grabs = (count: number): Step[] =>
  Array.from({ length: count }, () => ["worker", "GRAB_JOB"]);

const FAR_FUTURE = "4102444800";

const job = packet("SUBMIT_JOB", "f", "u", "data");

/** Submits that do not join another. */
export const submits: readonly Script[] = [
  {
    name: "a foreground job from its submit to its result",
    steps: [
      ["worker", "CAN_DO", "f"],
      ["client", "SUBMIT_JOB", "f", "u", "data"],
      ["client", "GET_STATUS", "<1>"],
      ["worker", "GRAB_JOB"],
      ["client", "GET_STATUS", "<1>"],
      ["worker", "WORK_COMPLETE", "<1>", "result"],
      ["client", "GET_STATUS", "<1>"],
      ...listed("client"),
    ],
  },
  ...["SUBMIT_JOB", "SUBMIT_JOB_HIGH", "SUBMIT_JOB_LOW"]
    .flatMap((type) => [type, `${type}_BG`])
    .map((type): Script => ({
      name: `${type} from its submit to its end`,
      steps: [
        ["client", type, "f", "u", "data"],
        ...listed("client"),
        ["worker", "CAN_DO", "f"],
        ["worker", "GRAB_JOB_UNIQ"],
        ...listed("client"),
        ["worker", "WORK_COMPLETE", "<1>", "result"],
        ["client", "GET_STATUS", "<1>"],
        ...listed("client"),
      ],
    })),
  {
    name: "priorities of one function: high, normal, low, each first in, first out",
    steps: [
      ["client", "SUBMIT_JOB_LOW_BG", "f", "l1", "low 1"],
      ["client", "SUBMIT_JOB_BG", "f", "n1", "normal 1"],
      ["client", "SUBMIT_JOB_HIGH_BG", "f", "h1", "high 1"],
      ["client", "SUBMIT_JOB_LOW", "f", "l2", "low 2"],
      ["client", "SUBMIT_JOB", "f", "n2", "normal 2"],
      ["client", "SUBMIT_JOB_HIGH", "f", "h2", "high 2"],
      ...listed("client"),
      ["worker", "CAN_DO", "f"],
      ...grabs(7),
    ],
  },
  {
    name: "priorities of two functions",
    steps: [
      ["client", "SUBMIT_JOB_LOW_BG", "a", "", "a low"],
      ["client", "SUBMIT_JOB_HIGH_BG", "a", "", "a high"],
      ["client", "SUBMIT_JOB_LOW_BG", "b", "", "b low"],
      ["client", "SUBMIT_JOB_HIGH_BG", "b", "", "b high"],
      ["worker", "CAN_DO", "a"],
      ["worker", "CAN_DO", "b"],
      ...grabs(5),
    ],
  },
  {
    name: "an empty payload, an empty unique, an empty function name",
    steps: [
      ["client", "SUBMIT_JOB", "f", "", ""],
      ["client", "SUBMIT_JOB_BG", "", "", ""],
      ["worker", "CAN_DO", "f"],
      ["nameless", "CAN_DO", ""],
      ["client", "text", "show jobs"],
      ["client", "text", "workers"],
      ["worker", "GRAB_JOB_UNIQ"],
      ["nameless", "GRAB_JOB_UNIQ"],
      ["worker", "WORK_COMPLETE", "<1>", ""],
    ],
  },
  {
    name: "payloads and results keep their NULs and all other bytes",
    steps: [
      ["client", "SUBMIT_JOB", "f", "u", "\0a\0\0b\n\xff\0"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
      ["worker", "WORK_DATA", "<1>", "\0d\0"],
      ["worker", "WORK_WARNING", "<1>", "\0w\0"],
      ["worker", "WORK_COMPLETE", "<1>", "\0r\xfe\0"],
    ],
  },
  {
    name: "fifty submits in one write are answered in their order",
    steps: [
      [
        "client",
        "bytes",
        Array.from({ length: 50 }, (_, n) => packet("SUBMIT_JOB_BG", "f", "", `data ${n}`)).join(
          "",
        ),
      ],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
      ["client", "text", "status"],
    ],
  },
  {
    name: "submits, text and errors in one write are answered in their order",
    steps: [
      [
        "client",
        "bytes",
        packet("SUBMIT_JOB_BG", "f", "a", "1") + "version\nstatus\r\n" +
        packet("OPTION_REQ", "nonsense") + "show jobs\n" + packet("SUBMIT_JOB", "f", "b", "2"),
      ],
    ],
  },
  {
    name: "a packet that arrives in pieces",
    steps: [
      ["client", "part", job.slice(0, 5)],
      ["other", "SUBMIT_JOB_BG", "f", "", "other"],
      ["client", "part", job.slice(5, 13)],
      ["other", "text", "status"],
      ["client", "bytes", job.slice(13)],
    ],
  },
  {
    name: "packets and text that arrive byte by byte",
    steps: [["client", "bytes one by one", `${job}status\r\n${packet("OPTION_REQ", "x")}`]],
  },
  {
    name: "a unique of 63 bytes",
    steps: [
      ["client", "SUBMIT_JOB", "f", "u".repeat(63), "data"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB_UNIQ"],
      ["client", "GET_STATUS_UNIQUE", "u".repeat(63)],
      ["client", "text", "show unique jobs"],
    ],
  },
  {
    name: "a unique of 64 bytes",
    steps: [
      ["client", "SUBMIT_JOB", "f", "u".repeat(64), "data"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB_UNIQ"],
    ],
  },
  ...[65, 2000].map((length): Script => ({
    name: `a unique of ${length} bytes`,
    steps: [
      ["client", "SUBMIT_JOB", "f", "u".repeat(length), "data"],
      ["client", "SUBMIT_JOB_LOW_BG", "f", "u".repeat(length), "data"],
      ["client", "SUBMIT_JOB_EPOCH", "f", "u".repeat(length), "0", "data"],
      ["client", "text", "status"],
    ],
  })),
  {
    name: "a function name of 512 bytes",
    steps: [
      ["client", "SUBMIT_JOB", "f".repeat(512), "u", "data"],
      ["worker", "CAN_DO", "f".repeat(512)],
      ["worker", "GRAB_JOB"],
    ],
  },
  {
    name: "a function name of 513 bytes",
    steps: [["client", "SUBMIT_JOB", "f".repeat(513), "u", "data"]],
  },
  {
    name: "function names are told apart by case and by every byte",
    steps: [
      ["client", "SUBMIT_JOB_BG", "Func", "", "1"],
      ["client", "SUBMIT_JOB_BG", "func", "", "2"],
      ["client", "SUBMIT_JOB_BG", "fun\xe7", "", "3"],
      ["worker", "CAN_DO", "func"],
      ...grabs(2),
    ],
  },
  {
    name: "SUBMIT_REDUCE_JOB brings its reducer to a worker that grabs all",
    steps: [
      ["client", "SUBMIT_REDUCE_JOB", "f", "u", "reducer", "", "data"],
      ["client", "SUBMIT_REDUCE_JOB_BACKGROUND", "f", "u2", "reducer", "unused", "data2"],
      ["client", "SUBMIT_JOB", "f", "u3", "data3"],
      ...listed("client"),
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB_ALL"],
      ["worker", "GRAB_JOB_ALL"],
      ["worker", "GRAB_JOB_ALL"],
      ["worker", "GRAB_JOB_ALL"],
      ["worker", "WORK_COMPLETE", "<1>", "result"],
      ["worker", "WORK_COMPLETE", "<2>", "result"],
    ],
  },
  {
    name: "a job with a reducer is given to a worker that does not ask for it",
    steps: [
      ["client", "SUBMIT_REDUCE_JOB", "f", "u", "reducer", "", "data"],
      ["client", "SUBMIT_REDUCE_JOB", "f", "v", "reducer", "", "data"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
      ["worker", "GRAB_JOB_UNIQ"],
    ],
  },
  {
    name: "a reducer of more than 64 bytes",
    steps: [["client", "SUBMIT_REDUCE_JOB", "f", "u", "r".repeat(65), "", "data"]],
  },
  {
    name: "an epoch that is past, negative or no number is now",
    steps: [
      ["worker", "CAN_DO", "f"],
      ...["", "0", "-5", "12345", "junk", " 17", "1e3", "99abc"].flatMap((time, index): Step[] => [
        ["client", "SUBMIT_JOB_EPOCH", "f", `u${index}`, time, `data ${index}`],
        ["client", "GET_STATUS", `<${index + 1}>`],
        ["worker", "GRAB_JOB"],
      ]),
    ],
  },
  {
    name: "an epoch in the future waits and is queued",
    steps: [
      ["worker", "CAN_DO", "f"],
      ["client", "SUBMIT_JOB_EPOCH", "f", "u", FAR_FUTURE, "data"],
      ["client", "GET_STATUS", "<1>"],
      ["client", "GET_STATUS_UNIQUE", "u"],
      ...listed("client"),
      ...grabs(1),
    ],
  },
  {
    name: "an epoch in the future does not keep other jobs of the same priority waiting",
    steps: [
      ["worker", "CAN_DO", "f"],
      ["client", "SUBMIT_JOB_EPOCH", "f", "u", FAR_FUTURE, "later"],
      ["client", "SUBMIT_JOB_BG", "f", "v", "now"],
      ...grabs(2),
    ],
  },
  {
    name: "an epoch in the future does not keep jobs of low priority waiting",
    steps: [
      ["worker", "CAN_DO", "f"],
      ["client", "SUBMIT_JOB_EPOCH", "f", "u", FAR_FUTURE, "later"],
      ["client", "SUBMIT_JOB_LOW_BG", "f", "v", "now"],
      ...grabs(2),
    ],
  },
  {
    name: "an epoch in the future wakes nobody when it is submitted",
    steps: [
      ["worker", "CAN_DO", "f"],
      ["worker", "PRE_SLEEP"],
      ["client", "SUBMIT_JOB_EPOCH", "f", "u", FAR_FUTURE, "later"],
    ],
  },
  {
    name: "an epoch that is joined keeps its time",
    steps: [
      ["worker", "CAN_DO", "f"],
      ["client", "SUBMIT_JOB_EPOCH", "f", "u", FAR_FUTURE, "later"],
      ["client", "SUBMIT_JOB", "f", "u", "now"],
      ["client", "SUBMIT_JOB_EPOCH", "f", "u", "0", "now"],
      ...grabs(1),
    ],
  },
  {
    name: "SUBMIT_JOB_SCHED",
    steps: [["client", "SUBMIT_JOB_SCHED", "f", "u", "1", "*", "*", "*", "*", "data"]],
  },
  {
    name: "one connection is client and worker and does its own job",
    steps: [
      ["both", "CAN_DO", "f"],
      ["both", "SUBMIT_JOB", "f", "u", "data"],
      ["both", "GRAB_JOB"],
      ["both", "WORK_DATA", "<1>", "part"],
      ["both", "WORK_COMPLETE", "<1>", "result"],
    ],
  },
  {
    name: "a sleeping worker that submits to itself is told both",
    steps: [
      ["both", "CAN_DO", "f"],
      ["both", "PRE_SLEEP"],
      ["both", "SUBMIT_JOB", "f", "u", "data"],
      ["both", "GRAB_JOB"],
    ],
  },
];
