import { JOB_OUTCOMES } from "../../router/model/job_state.ts";
import { JOB_STATES } from "../../router/facts.ts";
import { CONNECTION_SORTS } from "./connection_order.ts";
import { DEAD_PATHS } from "./dead_paths.ts";
import { SORT_FIELDS } from "./functions.ts";
import {
  inPath,
  inQuery,
  json,
  JSON_TYPE,
  type Operation,
  PAGED,
  type Paths,
  TEXT,
} from "./paths.ts";
import { SCHEDULE_PATHS } from "./schedule_paths.ts";
import { ref, type Schema, SCHEMAS } from "./schemas.ts";

const PROBLEM = "application/problem+json";
const BINARY: Schema = { type: "string", format: "binary" };

const STAR = "Exactly, but that `*` stands for any text.";

/** All parameters: those in the path, and those behind the question mark. */
const PARAMETERS: Readonly<Record<string, Schema>> = {
  name: inPath("name", "The function: its bytes percent-encoded, as UTF-8 or not."),
  nameBehind: {
    ...inQuery("name", TEXT, "The function, also one whose name is `.` or `..`."),
    required: true,
  },
  connectionId: inPath("id", "The number of the connection."),
  schedule: inPath("name", "The name of the schedule, or its handle."),
  jobHandle: inPath("handle", "The handle of the job."),
  olderSeconds: inQuery(
    "olderSeconds",
    { type: "number", minimum: 0 },
    "Only those that died longer ago.",
  ),
  count: inQuery("count", { type: "integer", minimum: 0 }, "So many at most."),
  filter: inQuery("filter", TEXT, "A text in the name, whatever its case."),
  sort: inQuery(
    "sort",
    { type: "string", enum: SORT_FIELDS.flatMap((field) => [field, `-${field}`]) },
    "A field of a function, with `-` before it for descending.",
  ),
  connection: inQuery("id", { type: "integer" }, "The number of a connection: that one only."),
  connectionFilter: inQuery(
    "filter",
    TEXT,
    "A text in the number, client id, address, functions or jobs, whatever its case.",
  ),
  connectionSort: inQuery(
    "sort",
    { type: "string", enum: CONNECTION_SORTS.flatMap((field) => [field, `-${field}`]) },
    "A field of a connection, with `-` before it for descending; as they came without it.",
  ),
  cursor: inQuery("cursor", TEXT, "The `next` of the page before."),
  limit: inQuery(
    "limit",
    { type: "integer", minimum: 1, maximum: 1000, default: 100 },
    "How many items the page is to have at most.",
  ),
  bytes: inQuery(
    "limit",
    { type: "integer", minimum: 0 },
    "So many bytes at most, of the beginning.",
  ),
  function: inQuery("function", TEXT, `The function. ${STAR}`),
  ofFunction: inQuery("function", TEXT, "The function, exactly."),
  state: inQuery("state", TEXT, `States with commas between them: ${JOB_STATES.join(", ")}.`),
  outcome: inQuery(
    "outcome",
    TEXT,
    `Outcomes with commas between them: ${JOB_OUTCOMES.join(", ")}.`,
  ),
  handle: inQuery("handle", TEXT, `The handle. ${STAR}`),
  unique: inQuery("unique", TEXT, `The unique. ${STAR}`),
  client: inQuery("client", TEXT, `Client id, address or number of who submitted it. ${STAR}`),
  minAge: inQuery("minAge", { type: "number", minimum: 0 }, "Seconds since the submit at least."),
  payload: inQuery("payload", TEXT, "Bytes in the payload; who may see payloads may ask."),
};

const CHOICE = ["function", "state", "handle", "unique", "client", "minAge", "payload"];

/** What there is for one function, by a way to say which. */
function functionPaths(path: string, parameter: string): Paths {
  return {
    [path]: {
      get: {
        summary: "A function, its last hour and its workers",
        parameters: [parameter],
        answer: json("FunctionDetail"),
        errors: [404],
      },
      delete: {
        summary: "Forget a function that has neither jobs nor workers",
        parameters: [parameter],
        status: 204,
        answer: null,
        errors: [404, 409, 503],
      },
    },
    [`${path}/why`]: {
      get: {
        summary: "Why its jobs do not run, in sentences",
        parameters: [parameter],
        answer: json("Why"),
        errors: [404],
      },
    },
    [`${path}/pause`]: {
      put: {
        summary: "Pause a function: its jobs are taken in, and no worker gets them",
        parameters: [parameter],
        body: json("PauseRequest"),
        status: 204,
        answer: null,
        errors: [413, 503],
      },
      delete: {
        summary: "Let workers have its jobs again",
        parameters: [parameter],
        status: 204,
        answer: null,
        errors: [409],
      },
    },
    [`${path}/max-queue`]: {
      put: {
        summary: "Limit the live jobs of a function by priority; 0 is no limit",
        parameters: [parameter],
        body: json("MaxQueueRequest"),
        status: 204,
        answer: null,
        errors: [413, 503],
      },
    },
  };
}

const PATHS: Paths = {
  "/server": { get: { summary: "The server as a whole", answer: json("Server") } },
  "/server/drain": {
    post: {
      summary: "Take no new jobs, and work off those that are there",
      status: 204,
      answer: null,
    },
    delete: { summary: "Take new jobs again", status: 204, answer: null },
  },
  "/servers": {
    get: {
      summary: "The servers that share background jobs with this one, and what each has of them",
      answer: json("Servers"),
      errors: [404, 503],
    },
  },
  "/functions": {
    get: {
      summary: "The functions",
      parameters: ["filter", "sort", ...PAGED],
      answer: json("Functions"),
    },
  },
  ...functionPaths("/functions/{name}", "name"),
  ...functionPaths("/function", "nameBehind"),
  "/jobs": {
    get: {
      summary: "The live jobs that are meant, oldest first, and how many were looked at for it",
      parameters: [...CHOICE, ...PAGED],
      answer: json("Jobs"),
    },
    post: {
      summary: "Submit a job, and wait for it unless it is in the background; or many, one a line",
      body: { ...json("SubmitRequest"), "application/x-ndjson": ref("SubmitRequest") },
      answer: {
        ...json("JobEnd"),
        "application/x-ndjson": ref("SubmitOutcome"),
        "text/event-stream": {
          type: "string",
          description:
            "Events created, data, warning, status, and one of complete, exception, fail, lost",
        },
      },
      errors: [413, 429, 503],
    },
  },
  "/jobs/cancel": {
    post: {
      summary: "Cancel all jobs that are meant, or count them",
      body: json("CancelRequest"),
      answer: json("CancelAnswer"),
      errors: [413],
    },
  },
  "/jobs/{handle}": {
    get: {
      summary: "A job, live or one of the last that ended",
      parameters: ["jobHandle"],
      answer: json("Job"),
      errors: [404, 503],
    },
    delete: {
      summary: "Cancel a job",
      parameters: ["jobHandle"],
      status: 204,
      answer: null,
      errors: [404, 503],
    },
  },
  "/jobs/{handle}/why": {
    get: {
      summary: "Why it does not run, or what has become of it, in sentences",
      parameters: ["jobHandle"],
      answer: json("Why"),
      errors: [404, 503],
    },
  },
  "/jobs/{handle}/due": {
    put: {
      summary: "Let a job that waits for its time wait for another one",
      parameters: ["jobHandle"],
      body: json("DueRequest"),
      status: 204,
      answer: null,
      errors: [404, 409, 413, 503],
    },
  },
  "/jobs/{handle}/run": {
    post: {
      summary: "Let a job that waits for its time run now",
      parameters: ["jobHandle"],
      status: 204,
      answer: null,
      errors: [404, 409, 503],
    },
  },
  "/jobs/{handle}/payload": {
    get: {
      summary: "The payload of a live job",
      parameters: ["jobHandle", "bytes"],
      answer: { "application/octet-stream": BINARY },
      errors: [404, 503],
    },
  },
  "/jobs/{handle}/result": {
    get: {
      summary: "The result of a background job that has ended, as long as it is kept",
      parameters: ["jobHandle", "bytes"],
      answer: { "application/octet-stream": BINARY },
      errors: [404, 409],
    },
  },
  "/ended": {
    get: {
      summary: "The jobs that ended last, newest first",
      parameters: ["ofFunction", "outcome", ...PAGED],
      answer: json("EndedJobs"),
    },
  },
  "/connections": {
    get: {
      summary: "The connections",
      parameters: ["connection", "connectionFilter", "connectionSort", ...PAGED],
      answer: json("Connections"),
    },
  },
  "/workers": {
    get: {
      summary: "Those that work",
      parameters: ["connection", "connectionFilter", "connectionSort", ...PAGED],
      answer: json("Connections"),
    },
  },
  "/clients": {
    get: {
      summary: "Those that submit jobs",
      parameters: ["connection", "connectionFilter", "connectionSort", ...PAGED],
      answer: json("Connections"),
    },
  },
  "/connections/{id}/quiet": {
    post: {
      summary: "Let a worker have no more jobs; what it runs it may finish",
      parameters: ["connectionId"],
      status: 204,
      answer: null,
      errors: [404],
    },
    delete: {
      summary: "Let it have jobs again",
      parameters: ["connectionId"],
      status: 204,
      answer: null,
      errors: [404],
    },
  },
  ...DEAD_PATHS,
  "/pauses": {
    get: {
      summary: "The functions that are paused, by name; they need not exist",
      parameters: PAGED,
      answer: json("Pauses"),
    },
  },
  ...SCHEDULE_PATHS,
  "/events": {
    get: {
      summary: "A stream of events: a snapshot a second",
      answer: { "text/event-stream": ref("Snapshot") },
      errors: [503],
    },
  },
  "/openapi.json": {
    get: { summary: "This document", answer: { [JSON_TYPE]: { type: "object" } } },
  },
};

/** The API of a server of this version, in OpenAPI 3.1. */
export function openApi(version: string): Readonly<Record<string, unknown>> {
  return {
    openapi: "3.1.0",
    info: {
      title: "geartrain",
      version,
      description: "What a Gearman server has and does, and what it can be told to do.",
    },
    servers: [{ url: "/api/v1" }],
    security: [{ token: [] }, {}],
    paths: Object.fromEntries(
      Object.entries(PATHS).map(([path, operations]) => [
        path,
        Object.fromEntries(
          Object.entries(operations).map(([method, operation]) => [method, described(operation)]),
        ),
      ]),
    ),
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: SCHEMAS,
    },
  };
}

function described(
  { summary, parameters = [], body, answer, status = 200, errors = [] }: Operation,
) {
  const responses: Record<string, unknown> = {
    [status]: {
      description: "Done",
      ...(answer !== null && { content: contentOf(answer) }),
    },
  };
  if (body !== undefined && "application/x-ndjson" in body) {
    const content = contentOf(json("SubmitAnswer"));
    responses[202] = { description: "The job is taken, and stored if jobs are", content };
  }
  for (const error of [400, 401, 403, 421, ...errors]) {
    responses[error] = {
      description: "Refused",
      content: contentOf({ [PROBLEM]: ref("Problem") }),
    };
  }
  return {
    summary,
    ...(parameters.length > 0 && { parameters: parameters.map((name) => PARAMETERS[name]) }),
    ...(body !== undefined && { requestBody: { required: true, content: contentOf(body) } }),
    responses,
  };
}

function contentOf(types: Readonly<Record<string, Schema>>) {
  return Object.fromEntries(Object.entries(types).map(([type, schema]) => [type, { schema }]));
}
