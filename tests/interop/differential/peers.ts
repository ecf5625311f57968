import { PACKET_NAMES } from "../../support/raw_peer.ts";
import { packet, type Script } from "./script.ts";

/** Packets that only a server sends, and those that nobody does. */
const NOT_FOR_SERVERS = [
  ..."UNUSED NOOP JOB_CREATED NO_JOB JOB_ASSIGN ECHO_RES ERROR STATUS_RES ALL_YOURS".split(" "),
  ..."OPTION_RES JOB_ASSIGN_UNIQ JOB_ASSIGN_ALL STATUS_RES_UNIQUE".split(" "),
];

/** Everything that is neither about a job nor a text command, and bytes that are no Gearman. */
export const peers: readonly Script[] = [
  {
    name: "ECHO_REQ",
    steps: [
      ["client", "ECHO_REQ", "text"],
      ["client", "ECHO_REQ", ""],
      ["client", "ECHO_REQ", "a\0b\0\xff"],
    ],
  },
  {
    name: "OPTION_REQ exceptions",
    steps: [
      ["client", "OPTION_REQ", "exceptions"],
      ["client", "OPTION_REQ", "EXCEPTIONS"],
      ["client", "OPTION_REQ", "Exceptions"],
      ["client", "OPTION_REQ", "exceptions"],
    ],
  },
  ...["", "exception", "exceptions ", "exceptionsx", "nonsense", "o".repeat(63), "o".repeat(64)]
    .map((option): Script => ({
      name: `OPTION_REQ ${JSON.stringify(option)}`,
      steps: [["client", "OPTION_REQ", option]],
    })),
  {
    name: "OPTION_REQ with bytes after its name",
    steps: [
      ["client", "OPTION_REQ", "exceptions", ""],
      ["client", "OPTION_REQ", "exceptions", "more"],
    ],
  },
  {
    name: "SET_CLIENT_ID shows in the listing",
    steps: [
      ["worker", "SET_CLIENT_ID", "first"],
      ["worker", "SET_CLIENT_ID", "second"],
      ["client", "text", "workers"],
    ],
  },
  {
    name: "an empty client id",
    steps: [["worker", "SET_CLIENT_ID", ""], ["client", "text", "workers"]],
  },
  {
    name: "a client id of 127 bytes",
    steps: [["worker", "SET_CLIENT_ID", "i".repeat(127)], ["client", "text", "workers"]],
  },
  {
    name: "a client id of 128 bytes",
    steps: [["worker", "SET_CLIENT_ID", "i".repeat(128)], ["client", "text", "workers"]],
  },
  {
    name: "a client id with a line feed",
    steps: [
      ["worker", "SET_CLIENT_ID", "x : f\n99 10.0.0.1 forged"],
      ["client", "text", "workers"],
    ],
  },
  {
    name: "a function name with a line feed in listings",
    steps: [["worker", "CAN_DO", "f\ng"], ["client", "text", "status"]],
  },
  {
    name: "a NUL in the name of a function",
    steps: [
      ["worker", "CAN_DO", "f", ""],
      ["client", "SUBMIT_JOB_BG", "f", "", "data"],
      ["worker", "GRAB_JOB"],
      ["worker", "CAN_DO", "f"],
      ["worker", "CANT_DO", "f", ""],
      ["worker", "GRAB_JOB"],
    ],
  },
  {
    name: "a NUL in a client id",
    steps: [["worker", "SET_CLIENT_ID", "one", "two"], ["client", "text", "workers"]],
  },
  ...NOT_FOR_SERVERS.map((type): Script => ({
    name: `${type} is not for a server`,
    steps: [
      ["client", "bytes", packet(type, ...bodyOf(type))],
      ["client", "ECHO_REQ", "still there"],
    ],
  })),
  {
    name: "a request with the magic of a reply",
    steps: [
      ["client", "bytes", packet("ECHO_REQ", "x").replace("\0REQ", "\0RES")],
      ["client", "ECHO_REQ", "still there"],
    ],
  },
  {
    name: "packets without arguments that bring bytes",
    steps: [
      ["worker", "CAN_DO", "f"],
      ["client", "SUBMIT_JOB_BG", "f", "", "data"],
      ["worker", "PRE_SLEEP", "bytes"],
      ["worker", "GRAB_JOB", "bytes"],
      ["worker", "RESET_ABILITIES", "bytes"],
    ],
  },
  ...[["type 0", packet(0)], ["type 43", packet(43)], ["type 65536", packet(65536)]]
    .concat([["bad magic", packet("ECHO_REQ", "x").replace("\0REQ", "\0GET")]])
    .map(([what, bytes]): Script => ({
      name: `a packet with ${what}`,
      steps: [["client", "bytes", bytes], ["other", "ECHO_REQ", "unharmed"]],
    })),
  ...[
    ["SUBMIT_JOB without NUL", packet("SUBMIT_JOB", "f")],
    ["SUBMIT_JOB_BG with one NUL", packet("SUBMIT_JOB_BG", "f", "u")],
    ["WORK_STATUS with one argument", packet("WORK_STATUS", "H:x:1")],
    ["WORK_STATUS with two arguments", packet("WORK_STATUS", "H:x:1", "1")],
    ["CAN_DO_TIMEOUT without NUL", packet("CAN_DO_TIMEOUT", "f")],
    ["SUBMIT_REDUCE_JOB with three NULs", packet("SUBMIT_REDUCE_JOB", "f", "u", "r", "data")],
    ["SUBMIT_JOB_EPOCH with two NULs", packet("SUBMIT_JOB_EPOCH", "f", "u", "0")],
    ["WORK_COMPLETE without NUL", packet("WORK_COMPLETE", "H:x:1")],
  ].map(([what, bytes]): Script => ({
    name: `${what}, then no more`,
    steps: [
      ["client", "part", bytes],
      ["client", "sends no more"],
      ["other", "ECHO_REQ", "unharmed"],
    ],
  })),
  {
    name: "half a header, then no more",
    steps: [
      ["client", "part", "\0REQ\0\0"],
      ["client", "sends no more"],
      ["other", "text", "workers"],
    ],
  },
];

/** A body with as many arguments as the packet has. */
function bodyOf(type: string): string[] {
  const counts: Record<string, number> = {
    JOB_CREATED: 1,
    JOB_ASSIGN: 3,
    ECHO_RES: 1,
    ERROR: 2,
    STATUS_RES: 5,
    OPTION_RES: 1,
    JOB_ASSIGN_UNIQ: 4,
    JOB_ASSIGN_ALL: 5,
    STATUS_RES_UNIQUE: 6,
  };
  if (!PACKET_NAMES.includes(type)) throw new Error(`There is no packet ${type}`);
  return Array.from({ length: counts[type] ?? 0 }, () => "x");
}
