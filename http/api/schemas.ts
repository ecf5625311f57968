import { JOB_OUTCOMES } from "../../router/model/job_state.ts";
import { JOB_STATES } from "../../router/facts.ts";
import { CATCH_UPS, OVERLAPS } from "../../router/schedules.ts";

/** A schema of JSON, as OpenAPI 3.1 has them. */
export type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
const flag: Schema = { type: "boolean" };
const count: Schema = { type: "integer", minimum: 0 };
const seconds: Schema = { type: "number", minimum: 0 };
const time: Schema = { type: "string", format: "date-time" };
const base64: Schema = { type: "string", contentEncoding: "base64" };

/** One of some words. */
function word(...words: string[]): Schema {
  return { type: "string", enum: words };
}

/** The same, or null. */
function orNull(schema: Schema): Schema {
  return "type" in schema
    ? { ...schema, type: [schema.type, "null"] }
    : { oneOf: [schema, { type: "null" }] };
}

/** The schema of a list of such items. */
function list(items: Schema): Schema {
  return { type: "array", items };
}

/** A schema of the document, by its name. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** An object with these fields and no other; those with a `?` behind the name may be missing. */
function object(fields: Readonly<Record<string, Schema>>): Schema {
  const entries = Object.entries(fields);
  return {
    type: "object",
    properties: Object.fromEntries(
      entries.map(([name, schema]) => [name.replace("?", ""), schema]),
    ),
    required: entries.map(([name]) => name).filter((name) => !name.endsWith("?")),
    additionalProperties: false,
  };
}

/** A text that stands for bytes, with its base64 if they are no UTF-8. */
function bytes(name: string): Record<string, Schema> {
  return { [name]: text, [`${name}Base64?`]: base64 };
}

/** A part of a list. */
export function page(name: string): Schema {
  return object({ items: list(ref(name)), next: orNull(text) });
}

const PERCENTILES = {
  waitP50: orNull(seconds),
  waitP95: orNull(seconds),
  waitP99: orNull(seconds),
  runP50: orNull(seconds),
  runP95: orNull(seconds),
  runP99: orNull(seconds),
};

const PEER = { id: count, ...bytes("clientId"), address: orNull(text) };

const PAUSE = { since: time, until: orNull(time), by: text, reason: text };

const FUNCTION = {
  ...bytes("name"),
  jobs: count,
  waiting: count,
  waitingHigh: count,
  waitingNormal: count,
  waitingLow: count,
  scheduled: count,
  running: count,
  workers: count,
  dead: count,
  oldestWaitingSeconds: orNull(seconds),
  maxQueueHigh: count,
  maxQueueNormal: count,
  maxQueueLow: count,
  submittedTotal: count,
  startedTotal: count,
  completedTotal: count,
  failedTotal: count,
  exceptionTotal: count,
  lostTotal: count,
  timedOutTotal: count,
  cancelledTotal: count,
  requeuedTotal: count,
  refusedTotal: count,
  coalescedTotal: count,
  submittedPerMinute: count,
  endedPerMinute: count,
  ...PERCENTILES,
  paused: flag,
  pause: orNull(object(PAUSE)),
  "endedByMinute?": list(count),
};

const PRIORITY = word("high", "normal", "low");

const SCHEDULE_RULES = {
  cron: orNull(text),
  everySeconds: orNull(seconds),
  timezone: text,
  priority: PRIORITY,
  catchUp: word(...CATCH_UPS),
  catchUpMost: { type: "integer", minimum: 1, maximum: 1000 },
  overlap: word(...OVERLAPS),
};

const FILTER = {
  "function?": text,
  "state?": word(...JOB_STATES),
  "handle?": text,
  "unique?": text,
  "client?": text,
  "minAge?": seconds,
  "payload?": text,
};

/** What requests and answers look like: the types of `types.ts`, which say what each field means. */
export const SCHEMAS: Readonly<Record<string, Schema>> = {
  Problem: {
    ...object({ type: text, title: text, status: count, "detail?": text, "code?": text }),
    description: "RFC 9457",
  },
  Server: object({
    version: text,
    commit: orNull(text),
    uptimeSeconds: seconds,
    "pid?": count,
    ready: flag,
    notReady: orNull(text),
    connections: count,
    workers: count,
    sleeping: count,
    functions: count,
    jobs: count,
    waiting: count,
    scheduled: count,
    running: count,
    jobMemoryBytes: count,
    memoryBytes: count,
    eventLoopDelaySeconds: seconds,
    store: orNull(
      object({ kind: text, "fileBytes?": count, "commitSeconds?": seconds, errors: count }),
    ),
    cluster: orNull(object({ name: text, queue: text, unreachable: orNull(text) })),
    readOnly: flag,
    payloads: flag,
    draining: flag,
    warnings: list(object({ at: time, level: word("warn", "error"), text })),
  }),
  Servers: object({
    items: list(object({
      name: text,
      address: text,
      version: text,
      isThis: flag,
      claimed: count,
      workers: count,
      silentSeconds: seconds,
    })),
  }),
  Function: object(FUNCTION),
  FunctionDetail: object({
    ...FUNCTION,
    minutes: list(ref("Minute")),
    workerList: list(ref("Connection")),
  }),
  Minute: object({
    at: time,
    submitted: count,
    started: count,
    completed: count,
    failed: count,
    lost: count,
    ...PERCENTILES,
  }),
  Why: object({
    ...bytes("function"),
    "handle?": text,
    reasons: list(object({
      code: text,
      text,
      numbers: { type: "object", additionalProperties: { type: ["number", "string"] } },
    })),
  }),
  Peer: object(PEER),
  Run: object({
    worker: ref("Peer"),
    started: time,
    ended: orNull(time),
    cause: word(...JOB_OUTCOMES, "running", "timeout", "retry"),
  }),
  Job: object({
    handle: text,
    ...bytes("function"),
    ...bytes("unique"),
    state: word(...JOB_STATES, "ended"),
    priority: PRIORITY,
    background: flag,
    submitted: orNull(time),
    ageSeconds: orNull(seconds),
    due: orNull(time),
    losses: count,
    failures: count,
    numerator: orNull(seconds),
    denominator: orNull(seconds),
    payloadBytes: orNull(count),
    clients: count,
    submitter: orNull(ref("Peer")),
    worker: orNull(ref("Peer")),
    server: orNull(text),
    runs: list(ref("Run")),
    warning: orNull(text),
    "warningBase64?": base64,
    data: orNull(text),
    "dataBase64?": base64,
    "outcome?": word(...JOB_OUTCOMES),
    "started?": orNull(time),
    "ended?": time,
    "text?": text,
    "textBase64?": base64,
    "resultBytes?": count,
  }),
  Connection: object({
    ...PEER,
    address: text,
    role: word("worker", "client", "both", "none"),
    functions: list(text),
    running: list(text),
    runningSince: orNull(time),
    waitingFor: count,
    sleeping: flag,
    quiet: flag,
    jobsDone: count,
    lastPacketSeconds: seconds,
    connectedSeconds: seconds,
  }),
  Functions: page("Function"),
  Connections: page("Connection"),
  EndedJobs: page("Job"),
  Jobs: object({ items: list(ref("Job")), next: orNull(text), scanned: count, of: count }),
  CancelRequest: object({
    ...FILTER,
    "functionBase64?": base64,
    "uniqueBase64?": base64,
    "clientBase64?": base64,
    "payloadBase64?": base64,
    dryRun: flag,
  }),
  CancelAnswer: object({ matched: count, cancelled: count }),
  Paused: object({ ...bytes("function"), ...PAUSE }),
  Pauses: page("Paused"),
  DeadJob: object({
    handle: text,
    ...bytes("function"),
    ...bytes("unique"),
    died: time,
    failures: count,
    losses: count,
    payloadBytes: count,
    runs: list(object({
      started: orNull(time),
      ended: time,
      worker: text,
      cause: word("fail", "exception", "timeout", "lost", "buried", "expired"),
      text,
      afterDeath: flag,
    })),
  }),
  DeadJobs: page("DeadJob"),
  DeadOrderAnswer: object({ jobs: count }),
  PauseRequest: object({ "seconds?": orNull(seconds), "reason?": text }),
  DueRequest: object({ at: time }),
  MaxQueueRequest: object({ "high?": count, "normal?": count, "low?": count }),
  Schedules: object({ items: list(ref("Schedule")) }),
  Schedule: object({
    name: text,
    ...SCHEDULE_RULES,
    ...bytes("function"),
    ...bytes("unique"),
    payloadBytes: count,
    "payload?": text,
    "payloadBase64?": base64,
    origin: word("configuration", "operator", "client"),
    paused: flag,
    next: orNull(time),
    runs: list(ref("ScheduleRun")),
  }),
  ScheduleRun: object({
    time,
    ordered: flag,
    started: time,
    handle: orNull(text),
    ended: orNull(time),
    outcome: { type: ["string", "null"], enum: [...JOB_OUTCOMES, "skipped", "unknown", null] },
    cause: orNull(text),
  }),
  ScheduleRequest: object({
    ...Object.fromEntries(
      Object.entries(SCHEDULE_RULES).map(([name, schema]) => [`${name}?`, schema]),
    ),
    "function?": text,
    "functionBase64?": base64,
    "unique?": text,
    "uniqueBase64?": base64,
    "payload?": text,
    "payloadBase64?": base64,
  }),
  SubmitRequest: object({
    "function?": text,
    "functionBase64?": base64,
    "unique?": text,
    "uniqueBase64?": base64,
    "payload?": text,
    "payloadBase64?": base64,
    "priority?": PRIORITY,
    "background?": { ...flag, default: true },
    "at?": time,
  }),
  SubmitAnswer: object({ handle: text }),
  SubmitOutcome: {
    oneOf: [ref("SubmitAnswer"), object({ status: count, detail: text, "code?": text })],
  },
  JobEnd: object({
    handle: text,
    outcome: word("completed", "failed", "exception"),
    "result?": text,
    "resultBase64?": base64,
    "text?": text,
    "textBase64?": base64,
  }),
  Totals: object({
    functions: count,
    functionsWithoutWorkers: count,
    waiting: count,
    running: count,
    submittedTotal: count,
    endedTotal: count,
    failedTotal: count,
  }),
  Snapshot: object({
    at: time,
    server: ref("Server"),
    functions: list(ref("Function")),
    totals: ref("Totals"),
  }),
};
