import { ref, type Schema } from "./schemas.ts";

/** A request that the API answers. */
export interface Operation {
  readonly summary: string;
  /** Names of parameters of the document. */
  readonly parameters?: readonly string[];
  /** Media types of the body, with their schemas. */
  readonly body?: Readonly<Record<string, Schema>>;
  /** Media types of the answer, with their schemas; null for an answer without a body. */
  readonly answer: Readonly<Record<string, Schema>> | null;
  readonly status?: number;
  /** What else it may answer than 400, 401, 403 and 421, which are there always. */
  readonly errors?: readonly number[];
}

/** Requests by their paths and methods. */
export type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** The media type of JSON. */
export const JSON_TYPE = "application/json";

/** A body of JSON with a schema of the document. */
export function json(name: string): Record<string, Schema> {
  return { [JSON_TYPE]: ref(name) };
}

/** The schema of a text. */
export const TEXT: Schema = { type: "string" };

/** The parameters of what comes in pages. */
export const PAGED: readonly string[] = ["cursor", "limit"];

/** A parameter in the path. */
export function inPath(name: string, description: string): Schema {
  return { name, in: "path", required: true, schema: TEXT, description };
}

/** One behind the question mark. */
export function inQuery(name: string, schema: Schema, description: string): Schema {
  return { name, in: "query", schema, description };
}
