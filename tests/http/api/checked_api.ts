/**
 * Asks the API, and checks each answer against the OpenAPI document that it serves.
 *
 * @module
 */
import { Ajv2020 } from "ajv/dist/2020.js";
import { assert, assertEquals } from "@std/assert";
import { FakePeer } from "../../support/fake_peer.ts";
import { TestApp, type TestAppOptions } from "../../support/http_app.ts";

/** Of the document, what the checks need. */
interface Document {
  readonly paths: Record<string, Record<string, { responses: Record<string, Described> }>>;
}

interface Described {
  readonly content?: Record<string, { schema: object }>;
}

const PREFIX = "/api/v1";
const DOCUMENT = "document";

/** An app whose answers are checked. */
export class CheckedApi implements Disposable {
  readonly app: TestApp;
  readonly #ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    formats: {
      "date-time": (text: string) => new Date(text).toISOString() === text,
      binary: true,
    },
  });
  readonly #document: Document;

  private constructor(app: TestApp, document: Document) {
    this.app = app;
    this.#document = document;
    this.#ajv.addSchema({ ...document, $id: DOCUMENT });
  }

  /** An app, and what it says of its API. */
  static async open(options: TestAppOptions = {}): Promise<CheckedApi> {
    const app = new TestApp(options);
    const response = await app.ask(`${PREFIX}/openapi.json`, BEARER);
    return new CheckedApi(app, await response.json());
  }

  get router(): TestApp["router"] {
    return this.app.router;
  }

  get clock(): TestApp["clock"] {
    return this.app.clock;
  }

  /** A client or worker of its router. */
  peer(port = 40000): FakePeer {
    return new FakePeer(this.router, { hostname: "127.0.0.1", port });
  }

  /** Asks under `/api/v1`; the status must be the one that is expected. */
  async ask(
    method: string,
    path: string,
    { status = 200, body, headers = {}, signal }: Asked = {},
  ): Promise<Response> {
    const all: Record<string, string> = { "sec-fetch-site": "same-origin", ...headers };
    if (typeof body === "object" && !(body instanceof ReadableStream)) {
      all["content-type"] ??= "application/json";
    }
    const response = await this.app.ask(PREFIX + path, {
      method,
      headers: all,
      body: typeof body === "object" && !(body instanceof ReadableStream)
        ? JSON.stringify(body)
        : body,
      signal,
      ...(body instanceof ReadableStream && { duplex: "half" }),
    } as RequestInit);
    if (response.status !== status) {
      throw new Error(`${method} ${path} answers ${response.status}: ${await response.text()}`);
    }
    assertEquals(response.headers.get("cache-control"), "no-store", path);
    this.#schemaOf(method, path, response);
    return response;
  }

  /** The JSON of an answer, which must be as the document says. */
  async json<Answer>(method: string, path: string, asked: Asked = {}): Promise<Answer> {
    const response = await this.ask(method, path, asked);
    const value = await response.json();
    this.check(this.#schemaOf(method, path, response)!, value);
    return value;
  }

  /** The answer to a GET. */
  get<Answer>(path: string, asked: Asked = {}): Promise<Answer> {
    return this.json("GET", path, asked);
  }

  /** A value must be as a schema of the document says. */
  check(pointer: string, value: unknown): void {
    const validate = this.#ajv.getSchema(`${DOCUMENT}#${pointer}`);
    assert(validate !== undefined, pointer);
    assert(validate(value), this.#ajv.errorsText(validate.errors) + JSON.stringify(value));
  }

  /** Where the document has the schema of an answer. */
  #schemaOf(method: string, path: string, response: Response): string | null {
    const [bare] = path.split("?");
    const found = Object.keys(this.#document.paths).sort().find((template) =>
      new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}$`).test(bare)
    );
    assert(found !== undefined, `the document lacks ${path}`);
    const operation = this.#document.paths[found][method.toLowerCase()];
    assert(operation !== undefined, `the document lacks ${method} ${path}`);
    const described = operation.responses[response.status];
    assert(described !== undefined, `the document lacks ${method} ${path} ${response.status}`);
    if (described.content === undefined) return null;
    const [type] = response.headers.get("content-type")!.split(";");
    assert(type in described.content, `the document lacks ${type} of ${method} ${path}`);
    const steps = ["paths", found, method.toLowerCase(), "responses", `${response.status}`];
    return ["", ...steps, "content", type, "schema"].map(escaped).join("/");
  }

  [Symbol.dispose](): void {
    this.app.close();
    this.router.close();
  }
}

/** What is asked besides method and path. */
export interface Asked {
  readonly status?: number;
  readonly body?: object | string | ReadableStream<Uint8Array>;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

const BEARER = { headers: { authorization: "Bearer a-secret-of-this-test" } };

/** A step of a JSON pointer in a URL. */
function escaped(step: string): string {
  return encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"));
}
