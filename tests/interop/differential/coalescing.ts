import type { Script } from "./script.ts";

/** Submissions that join a job. */
export const coalescing: readonly Script[] = [
  {
    name: "a queued job with the same function and unique is joined",
    steps: [
      ["one", "SUBMIT_JOB", "f", "u", "first"],
      ["two", "SUBMIT_JOB_HIGH", "f", "u", "second"],
      ["two", "SUBMIT_JOB", "g", "u", "another function"],
      ["two", "SUBMIT_JOB", "f", "v", "another unique"],
      ["two", "text", "show unique jobs"],
      ["two", "text", "prioritystatus"],
      ["two", "GET_STATUS_UNIQUE", "u"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB_UNIQ"],
      ["worker", "WORK_STATUS", "<1>", "1", "2"],
      ["worker", "WORK_COMPLETE", "<1>", "result"],
    ],
  },
  {
    name: "a running job is joined, and the joiner gets what comes later",
    steps: [
      ["one", "SUBMIT_JOB", "f", "u", "first"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
      ["worker", "WORK_DATA", "<1>", "early"],
      ["two", "SUBMIT_JOB", "f", "u", "second"],
      ["worker", "WORK_DATA", "<1>", "late"],
      ["worker", "WORK_FAIL", "<1>"],
    ],
  },
  {
    name: "a connection that submits twice hears everything twice",
    steps: [
      ["one", "SUBMIT_JOB", "f", "u", "first"],
      ["one", "SUBMIT_JOB", "f", "u", "second"],
      ["one", "GET_STATUS_UNIQUE", "u"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
      ["worker", "WORK_DATA", "<1>", "part"],
      ["worker", "WORK_COMPLETE", "<1>", "result"],
    ],
  },
  {
    name: "an empty unique never joins",
    steps: [
      ["one", "SUBMIT_JOB", "f", "", "same"],
      ["two", "SUBMIT_JOB", "f", "", "same"],
      ["two", "text", "status"],
      ["two", "GET_STATUS_UNIQUE", ""],
    ],
  },
  {
    name: "with the unique - equal payloads join",
    steps: [
      ["one", "SUBMIT_JOB", "f", "-", "same"],
      ["two", "SUBMIT_JOB_BG", "f", "-", "same"],
      ["two", "SUBMIT_JOB_BG", "f", "-", "other"],
      ["two", "SUBMIT_JOB_BG", "g", "-", "same"],
      ["two", "text", "status"],
      ["two", "text", "show unique jobs"],
      ["two", "GET_STATUS_UNIQUE", "-"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB_UNIQ"],
    ],
  },
  {
    name: "with the unique - an empty payload does not join",
    steps: [
      ["one", "SUBMIT_JOB", "f", "-", ""],
      ["two", "SUBMIT_JOB", "f", "-", ""],
      ["two", "text", "status"],
    ],
  },
  {
    name: "a unique that is the payload of a job with - does not join it",
    steps: [
      ["one", "SUBMIT_JOB", "f", "-", "same"],
      ["two", "SUBMIT_JOB", "f", "same", "data"],
      ["two", "text", "status"],
    ],
  },
  {
    name: "a finished job is not joined",
    steps: [
      ["one", "SUBMIT_JOB", "f", "u", "first"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
      ["worker", "WORK_COMPLETE", "<1>", "result"],
      ["two", "SUBMIT_JOB", "f", "u", "second"],
      ["worker", "GRAB_JOB"],
    ],
  },
  {
    name: "of two jobs with one unique, GET_STATUS_UNIQUE tells of the later one",
    steps: [
      ["one", "SUBMIT_JOB_BG", "f", "u", "first"],
      ["one", "SUBMIT_JOB", "g", "u", "second"],
      ["one", "GET_STATUS_UNIQUE", "u"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
      ["worker", "WORK_STATUS", "<1>", "3", "4"],
      ["one", "GET_STATUS_UNIQUE", "u"],
    ],
  },
  {
    name: "a background submit joins a background job",
    steps: [
      ["one", "SUBMIT_JOB_BG", "f", "u", "first"],
      ["two", "SUBMIT_JOB_LOW_BG", "f", "u", "second"],
      ["two", "text", "show jobs"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
      ["worker", "GRAB_JOB"],
    ],
  },
  {
    name: "a background job outlives a client that joined it",
    steps: [
      ["one", "SUBMIT_JOB_BG", "f", "u", "data"],
      ["two", "SUBMIT_JOB", "f", "u", "data"],
      ["two", "hangs up"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
    ],
  },
  {
    name: "a job that a background submit has joined outlives its client",
    steps: [
      ["one", "SUBMIT_JOB", "f", "u", "data"],
      ["two", "SUBMIT_JOB_BG", "f", "u", "data"],
      ["one", "hangs up"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
    ],
  },
  {
    name: "a client that submits again after another has left gets its job done",
    steps: [
      ["one", "SUBMIT_JOB", "f", "u", "data"],
      ["one", "hangs up"],
      ["two", "SUBMIT_JOB", "f", "u", "data"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
    ],
  },
  {
    name: "a cancelled job is not joined",
    steps: [
      ["one", "SUBMIT_JOB_BG", "f", "u", "data"],
      ["one", "text", "cancel job <1>"],
      ["two", "SUBMIT_JOB", "f", "u", "data"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
    ],
  },
  {
    name: "of two listeners one leaves, the other gets the result",
    steps: [
      ["one", "SUBMIT_JOB", "f", "u", "data"],
      ["two", "SUBMIT_JOB", "f", "u", "data"],
      ["one", "hangs up"],
      ["two", "GET_STATUS_UNIQUE", "u"],
      ["worker", "CAN_DO", "f"],
      ["worker", "GRAB_JOB"],
      ["worker", "WORK_COMPLETE", "<1>", "result"],
    ],
  },
];
