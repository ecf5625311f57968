/**
 * A server as far as its HTTP goes: answers what the API answers, out of a scene, and moves when a test
 * says so.
 *
 * @module
 */
import { dashboard } from "../../../http/dashboard/mod.ts";
import type {
  CancelRequest,
  JobAnswer,
  MaxQueueRequest,
  SnapshotAnswer,
} from "../../../http/api/types.ts";
import type { ScheduleAnswer, ScheduleRunAnswer } from "../../../http/api/schedule_types.ts";
import { bytesOf } from "../../../http/dashboard/app/text.ts";
import { fakeMinutes, START } from "./fake_data.ts";
import type { Scene } from "./fake_scene.ts";

/** What the page may load: what the server says with each answer. */
export const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; " +
  "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
  "frame-ancestors 'none'";
const SCANNED = 10;

/** The same in each scene. */
const SCHEDULES: readonly ScheduleAnswer[] = ["nightly", "poll"].map((name, index) => ({
  name,
  cron: index === 0 ? "30 2 * * *" : null,
  everySeconds: index === 0 ? null : 900,
  timezone: "Europe/Berlin",
  function: "mail.digest",
  unique: "",
  payloadBytes: 12,
  priority: "normal",
  catchUp: "all",
  catchUpMost: 3,
  overlap: "skip",
  origin: index === 0 ? "configuration" : "operator",
  paused: false,
  next: new Date(START + 900_000).toISOString(),
  runs: index === 0 ? [] : [
    runOf({ handle: "H:web-1:9003" }),
    runOf({ outcome: "completed", ended: new Date(START - 60_000).toISOString() }),
    runOf({ handle: null, outcome: "skipped", cause: "its job H:web-1:9003 has not ended" }),
  ],
}));

function runOf(run: Partial<ScheduleRunAnswer>): ScheduleRunAnswer {
  const at = new Date(START - 120_000).toISOString();
  const handle = `H:web-1:${run.outcome}`;
  const others = { handle, ended: null, outcome: null, cause: null } as const;
  return { time: at, ordered: false, started: at, ...others, ...run };
}

/** A server of a scene. */
export class FakeApi {
  scene: Scene;
  /** What it wants from those who ask; null if nothing. */
  token: string | null = null;
  /** Is it there at all? */
  isUp = true;
  /** Actions that it was told, in order. */
  readonly actions: string[] = [];
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  #closing = Promise.withResolvers<void>();
  #at = START;

  constructor(scene: Scene) {
    this.scene = scene;
  }

  /** Resolves when a page has closed its event stream. */
  async closed(): Promise<void> {
    await this.#closing.promise;
    this.#closing = Promise.withResolvers();
  }

  /** Forgets what was, and begins with a scene. */
  reset(scene: Scene): void {
    this.scene = scene;
    this.token = null;
    this.isUp = true;
    this.#at = START;
    this.#closing = Promise.withResolvers();
    this.actions.length = 0;
  }

  /** Lets a second go by, with the jobs of it, and tells all who watch. */
  tick(): void {
    this.#at += 1000;
    const { scene } = this;
    scene.functions = scene.functions.map((func) => {
      const rate = scene.rates.get(func.name) ?? 0;
      const oldest = func.oldestWaitingSeconds;
      return {
        ...func,
        submittedTotal: func.submittedTotal + rate,
        completedTotal: func.completedTotal + rate,
        oldestWaitingSeconds: oldest !== null && oldest >= 1 ? oldest + 1 : oldest,
      };
    });
    for (const stream of this.#streams) stream.enqueue(this.#event());
  }

  /** Ends all event streams, as a server that stops does. */
  hangUp(): void {
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  /** Answers as the server would, page and API. */
  readonly handle = async (request: Request): Promise<Response> => {
    const response = dashboard(request) ?? await this.#answer(request);
    response.headers.set("Content-Security-Policy", POLICY);
    response.headers.set("X-Content-Type-Options", "nosniff");
    return response;
  };

  async #answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const path = pathname.replace(/^\/api\/v1/, "");
    if (!this.isUp) return problem(503, "Down", "The server is down.");
    if (path === "/login" || path === "/logout") return await this.#login(request, path);
    if (this.token !== null && request.headers.get("Cookie") !== `session=${this.token}`) {
      return problem(401, "Unauthorized", "A token is wanted.");
    }
    if (request.method !== "GET") return await this.#act(request, path);
    const [, kind, key, part] = path.split("/");
    const { scene } = this;
    switch (kind) {
      case "events":
        return this.#events();
      case "server":
        return Response.json(this.#snapshot().server);
      case "pauses":
        return page([]);
      case "schedules":
        return key === undefined
          ? Response.json({ items: SCHEDULES })
          : Response.json(SCHEDULES.find(({ name }) => name === decode(key)));
      case "servers":
        return Response.json({ items: scene.servers });
      case "functions":
        return key === undefined ? this.#functions() : this.#function(decode(key), part);
      case "jobs":
        return key === undefined
          ? this.#search(searchParams)
          : this.#job(decode(key), part, searchParams);
      case "ended": {
        const [func, outcome] = [searchParams.get("function"), searchParams.get("outcome")];
        return page(scene.ended.filter((job) =>
          (func === null || job.function === func) &&
          (outcome === null || outcome.split(",").includes(job.outcome!))
        ));
      }
      case "dead": {
        const func = searchParams.get("function");
        return page(scene.dead.filter((job) => func === null || job.function === func));
      }
      case "workers":
        return this.#connections(searchParams, ["worker", "both"]);
      case "clients":
        return this.#connections(searchParams, ["client", "both"]);
      case "connections":
        return this.#connections(searchParams, ["worker", "client", "both", "none"]);
    }
    return problem(404, "Not found", "There is nothing of that name.");
  }

  /** The first page of those that are asked for. */
  #connections(query: URLSearchParams, roles: readonly string[]): Response {
    const [id, filter] = [query.get("id"), query.get("filter")?.toLowerCase() ?? ""];
    const found = this.scene.connections.filter((each) =>
      roles.includes(each.role) && (id === null || String(each.id) === id) &&
      [`#${each.id}`, each.clientId, each.address, ...each.functions].join("\n").toLowerCase()
        .includes(filter)
    );
    const items = found.slice(0, Number(query.get("limit") ?? 100));
    return Response.json({ items, next: found.length > items.length ? "more" : null });
  }

  async #login(request: Request, path: string): Promise<Response> {
    const shown = new URLSearchParams(await request.text()).get("token");
    if (path === "/login" && shown !== this.token) {
      return new Response("Not known", { status: 401 });
    }
    const cookie = path === "/login" ? `session=${this.token}` : "session=; Max-Age=0";
    const headers = {
      "Location": "/",
      "Set-Cookie": `${cookie}; Path=/; HttpOnly; SameSite=Strict`,
    };
    return new Response(null, { status: 303, headers });
  }

  async #act(request: Request, path: string): Promise<Response> {
    const text = await request.text();
    this.actions.push(`${request.method} ${path} ${text}`.trim());
    const { scene } = this;
    if (path === "/jobs/cancel") {
      const { dryRun, ...filter } = JSON.parse(text) as CancelRequest;
      const matching = scene.jobs.filter((job) => matches(job, Object.entries(filter)));
      if (!dryRun) scene.jobs = scene.jobs.filter((job) => !matching.includes(job));
      return Response.json({ matched: matching.length, cancelled: dryRun ? 0 : matching.length });
    }
    if (path === "/server/drain") {
      scene.server = { ...scene.server, draining: true, ready: false, notReady: "it drains" };
    } else if (path.endsWith("/max-queue")) {
      const { high, normal, low } = JSON.parse(text) as MaxQueueRequest;
      const limits = { maxQueueHigh: high, maxQueueNormal: normal, maxQueueLow: low };
      const name = decode(path.split("/")[2]);
      scene.functions = scene.functions.map((func) =>
        func.name === name ? { ...func, ...limits } : func
      );
    } else if (request.method === "DELETE") {
      const [, kind, key] = path.split("/");
      if (kind === "jobs") scene.jobs = scene.jobs.filter(({ handle }) => handle !== decode(key));
      else if (scene.functions.find(({ name }) => name === decode(key))!.jobs > 0) {
        return problem(409, "Conflict", "It has jobs.");
      } else scene.functions = scene.functions.filter(({ name }) => name !== decode(key));
    }
    return new Response(null, { status: 204 });
  }

  #functions(): Response {
    return page(this.scene.functions.map((func) => ({
      ...func,
      endedByMinute: fakeMinutes(func).map(({ completed, failed }) => completed + failed),
    })));
  }

  #function(name: string, part: string | undefined): Response {
    const { functions, why, connections } = this.scene;
    const func = functions.find((each) =>
      each.nameBase64 === undefined
        ? each.name === name
        : name === String.fromCharCode(...bytesOf(each.nameBase64))
    );
    if (func === undefined) return problem(404, "Not found", "There is no such function.");
    if (part === "why") return Response.json({ function: name, reasons: why.get(name) ?? [] });
    const workerList = connections.filter((each) => each.functions.includes(func.name));
    return Response.json({ ...func, minutes: fakeMinutes(func), workerList });
  }

  #search(query: URLSearchParams): Response {
    const { jobs } = this.scene;
    const filter = [...query].filter(([name]) => name !== "limit" && name !== "cursor");
    const start = Number(query.get("cursor") ?? 0);
    const end = filter.length === 0 ? jobs.length : Math.min(start + SCANNED, jobs.length);
    const items = jobs.slice(start, end).filter((job) => matches(job, filter));
    const next = end < jobs.length ? String(end) : null;
    return Response.json({ items, next, scanned: end, of: jobs.length });
  }

  #job(handle: string, part: string | undefined, query: URLSearchParams): Response {
    const { jobs, ended, payloads, why } = this.scene;
    const job = [...jobs, ...ended].find((each) => each.handle === handle);
    if (job === undefined) return problem(404, "Not found", "There is no such job.");
    if (part === "why") {
      return Response.json({ function: job.function, handle, reasons: why.get(handle) ?? [] });
    }
    if (part !== "payload") return Response.json(job);
    const payload = payloads.get(handle) ?? new TextEncoder().encode(`payload of ${handle}`);
    return new Response(payload.subarray(0, Number(query.get("limit") ?? payload.length)), {
      headers: { "Content-Type": "application/octet-stream" },
    });
  }

  #events(): Response {
    let mine: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        mine = stream;
        this.#streams.add(stream);
        stream.enqueue(this.#event());
      },
      cancel: () => {
        this.#streams.delete(mine);
        this.#closing.resolve();
      },
    });
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  }

  #event(): Uint8Array {
    const data = JSON.stringify(this.#snapshot());
    return new TextEncoder().encode(`event: snapshot\ndata: ${data}\n\n`);
  }

  #snapshot(): SnapshotAnswer {
    const { functions, connections, server } = this.scene;
    const sum = (pick: (func: typeof functions[number]) => number) =>
      functions.reduce((all, func) => all + pick(func), 0);
    const workers = connections.filter(({ role }) => role === "worker");
    const totals = {
      functions: functions.length,
      functionsWithoutWorkers: functions.filter((f) => f.waiting > 0 && f.workers === 0).length,
      waiting: sum(({ waiting }) => waiting),
      running: sum(({ running }) => running),
      submittedTotal: sum(({ submittedTotal }) => submittedTotal),
      endedTotal: sum((f) => f.completedTotal + f.failedTotal + f.exceptionTotal),
      failedTotal: sum(({ failedTotal, exceptionTotal }) => failedTotal + exceptionTotal),
    };
    return {
      at: new Date(this.#at).toISOString(),
      server: {
        ...server,
        uptimeSeconds: server.uptimeSeconds + (this.#at - START) / 1000,
        connections: connections.length,
        workers: workers.length,
        sleeping: workers.filter(({ sleeping }) => sleeping).length,
        functions: functions.length,
        jobs: sum(({ jobs }) => jobs),
        waiting: totals.waiting,
        scheduled: sum(({ scheduled }) => scheduled),
        running: totals.running,
      },
      functions,
      totals,
    };
  }
}

function matches(job: JobAnswer, filter: readonly (readonly [string, unknown])[]): boolean {
  return filter.every(([name, value]) => {
    if (name === "minAge") return (job.ageSeconds ?? 0) >= Number(value);
    if (name === "client") return JSON.stringify(job.submitter).includes(String(value));
    if (name === "unique" || name === "handle") return job[name].includes(String(value));
    return String(job[name as keyof JobAnswer]) === String(value);
  });
}

function page(items: readonly unknown[]): Response {
  return Response.json({ items, next: null });
}

function problem(status: number, title: string, detail: string): Response {
  const body = JSON.stringify({ type: "about:blank", title, status, detail });
  return new Response(body, { status, headers: { "Content-Type": "application/problem+json" } });
}

/** Names that are no UTF-8 come byte by byte. */
function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded.replace(
      /%([0-9a-f]{2})/gi,
      (_, digits) => String.fromCharCode(parseInt(digits, 16)),
    );
  }
}
