import { StoreError } from "../../store.ts";

/** How a connection is encrypted, and what of the server's certificate is checked. */
export type SslMode = "disable" | "prefer" | "require" | "verify-ca" | "verify-full";

const SSL_MODES: readonly string[] = ["disable", "prefer", "require", "verify-ca", "verify-full"];
const PARAMETERS: readonly string[] = ["host", "schema", "sslmode", "sslrootcert"];
const PORT = 5432;
/** Longest name of a schema in bytes: those that PostgreSQL would cut off could be one. */
const MAX_SCHEMA_LENGTH = 48;

/** Where a PostgreSQL listens: a host and a port, or the folder of its unix socket and a port. */
export interface PostgresHost {
  /** A name, an address, or the path of a folder. */
  readonly host: string;
  readonly port: number;
}

/** What the URL of a queue says. */
export interface PostgresUrl {
  /** They are tried in turn; one that only reads is left out. */
  readonly hosts: readonly PostgresHost[];
  readonly user: string;
  /** Undefined: it comes from elsewhere. */
  readonly password: string | undefined;
  readonly database: string;
  /** All servers with the same database and schema are one cluster. */
  readonly schema: string;
  readonly sslMode: SslMode;
  /** A file with the certificates of those whom it trusts; undefined: those of the system. */
  readonly sslRootCert: string | undefined;
  /** The URL without its password, for operators. */
  readonly name: string;
}

const FORM =
  /^postgres(?:ql)?:\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?([^/?#@]*)(?:\/([^/?#]*))?(?:\?([^#]*))?$/;

/** Does it look like the URL of a queue in PostgreSQL? */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text);
}

/**
 * Reads `postgres://user@host:port/database?schema=geartrain&sslmode=require`. There may be several
 * hosts with commas between them; one that begins with a slash, in `?host=` or percent-encoded, is the
 * folder of a unix socket.
 *
 * @throws {StoreError} when it is none; the message has no password.
 */
export function parsePostgresUrl(text: string): PostgresUrl {
  const [whole, user, password, hosts, database, query] = FORM.exec(text) ?? [];
  if (whole === undefined) {
    throw new StoreError("the URL is not of the form postgres://user@host:port/database");
  }
  const parameters = parametersIn(query ?? "");
  const name = decoded(user ?? "");
  if (name === "") throw new StoreError("the URL of the store names no user");
  const places = (parameters.get("host") ?? hosts).split(",").map((place) => hostIn(place));
  const parts = {
    hosts: places,
    user: name,
    database: decoded(database ?? "") || name,
    schema: schemaIn(parameters),
  };
  return {
    ...parts,
    password: password === undefined ? undefined : decoded(password),
    ...sslIn(parameters),
    name: shown(parts),
  };
}

function parametersIn(query: string): Map<string, string> {
  const parameters = new Map(new URLSearchParams(query));
  const unknown = [...parameters.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown === undefined) return parameters;
  const known = PARAMETERS.join(", ");
  throw new StoreError(`the URL of the store has ${JSON.stringify(unknown)}; it may have ${known}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StoreError("a percent sign in the URL of the store is not followed by two digits");
  }
}

function hostIn(text: string): PostgresHost {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::([0-9]+))?$/.exec(text) ?? [];
  const host = decoded(bracketed ?? plain ?? "");
  const number = port === undefined ? PORT : Number(port);
  if (host === "" || number < 1 || number > 65535) {
    throw new StoreError(`the URL of the store has no host and port in ${JSON.stringify(text)}`);
  }
  return { host, port: number };
}

function schemaIn(parameters: ReadonlyMap<string, string>): string {
  const schema = parameters.get("schema") ?? "geartrain";
  if (/^[a-z_][a-z0-9_]*$/.test(schema) && schema.length <= MAX_SCHEMA_LENGTH) return schema;
  throw new StoreError(
    `the schema ${JSON.stringify(schema)} is not made of at most ${MAX_SCHEMA_LENGTH} lower-case ` +
      "letters, digits and underscores",
  );
}

function sslIn(parameters: ReadonlyMap<string, string>) {
  const sslRootCert = parameters.get("sslrootcert");
  const mode = parameters.get("sslmode") ?? (sslRootCert === undefined ? "prefer" : "verify-full");
  if (!SSL_MODES.includes(mode)) {
    const known = SSL_MODES.join(", ");
    throw new StoreError(`sslmode is ${JSON.stringify(mode)}; it may be ${known}`);
  }
  const verifies = mode.startsWith("verify");
  if (sslRootCert !== undefined && !verifies) {
    throw new StoreError(
      `sslrootcert is of use with sslmode verify-ca or verify-full, not ${mode}`,
    );
  }
  return { sslMode: mode as SslMode, sslRootCert };
}

function shown({ hosts, user, database, schema }: Pick<
  PostgresUrl,
  "hosts" | "user" | "database" | "schema"
>): string {
  const places = hosts.map(({ host, port }) => {
    const text = host.includes(":") ? `[${host}]` : encodeURIComponent(host);
    return port === PORT ? text : `${text}:${port}`;
  });
  const end = schema === "geartrain" ? "" : `?schema=${schema}`;
  const who = encodeURIComponent(user);
  return `postgres://${who}@${places.join(",")}/${encodeURIComponent(database)}${end}`;
}
