import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { parseAllDocuments } from "yaml";
import type { FunctionAnswer } from "../../http/api/types.ts";
import { FakePeer } from "../support/fake_peer.ts";
import { TestApp } from "../support/http_app.ts";
import { textOf } from "./packaged.ts";
import { assertKnown } from "./promql.ts";

interface Trigger {
  readonly type: "metrics-api" | "prometheus";
  readonly metadata: Readonly<Record<string, string>>;
  readonly authenticationRef?: { readonly name: string };
}

interface Example {
  readonly kind: "ScaledObject" | "TriggerAuthentication";
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly triggers?: readonly Trigger[];
    readonly secretTargetRef?: readonly { readonly parameter: string }[];
  };
}

const documents = parseAllDocuments(textOf("packaging/keda/scaledobject.yaml"));
const examples: Example[] = documents.map((one) => one.toJS()).filter((one) => one !== null);
const triggers = examples.flatMap(({ spec }) => spec.triggers ?? []);

function of(type: Trigger["type"]): Trigger[] {
  return triggers.filter((one) => one.type === type);
}

const TOKEN = { token: "a-secret-of-this-test", readOnly: true };

/** What KEDA is told of a function: one of its jobs runs, two wait. */
async function answer(url: string): Promise<FunctionAnswer> {
  const { pathname, host, hostname } = new URL(url);
  const app = new TestApp({ names: [hostname], tokens: [TOKEN] });
  const name = decodeURIComponent(pathname.split("/").at(-1)!);
  for (let job = 0; job < 3; job++) app.router.enqueueJob({ function: name });
  const peer = new FakePeer(app.router);
  peer.send("CAN_DO", name).send("GRAB_JOB");
  const headers = { host, authorization: `Bearer ${TOKEN.token}` };
  const response = await app.ask(pathname, { headers });
  assertEquals(response.status, 200, url);
  return await response.json();
}

describe("the examples for KEDA", () => {
  test("are documents without an error", () => {
    assertEquals(documents.flatMap(({ errors }) => errors), []);
    assertEquals(of("metrics-api").length + of("prometheus").length, triggers.length);
  });

  test("find in the answer of the API the numbers that they name", async () => {
    const found: Record<string, number> = {};
    for (const { metadata: { url, valueLocation, targetValue } } of of("metrics-api")) {
      const numbers = await answer(url);
      found[valueLocation] = numbers[valueLocation as "waiting" | "running"];
      assert(Number(targetValue) > 0);
    }
    assertEquals(found, { waiting: 2, running: 1 });
  });

  test("show the token by an authentication that is there", () => {
    for (const { metadata, authenticationRef } of of("metrics-api")) {
      assertEquals(metadata.authMode, "bearer");
      const authentication = examples.find(({ kind, metadata: { name } }) =>
        kind === "TriggerAuthentication" && name === authenticationRef?.name
      );
      const parameters = authentication?.spec.secretTargetRef?.map(({ parameter }) => parameter);
      assertEquals(parameters, ["token"]);
    }
  });

  test("ask Prometheus for metrics that the server has", () => {
    for (const { metadata: { query, threshold } } of of("prometheus")) {
      assertKnown(query);
      assert(Number(threshold) > 0);
    }
    assert(of("prometheus").length > 0);
  });
});
