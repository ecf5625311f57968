import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type {
  ConnectionAnswer,
  FunctionAnswer,
  FunctionDetailAnswer,
  JobAnswer,
  Page,
  WhyAnswer,
} from "../../../http/api/types.ts";
import type { SubmitAnswer } from "../../../http/api/submit_types.ts";
import { bytesOfBase64, bytesOfText } from "../../../http/api/json.ts";
import { plainText } from "../../../router/log/text.ts";
import { binary } from "../../support/fake_peer.ts";
import { CheckedApi } from "./checked_api.ts";

/** Names as byte strings. */
const HOSTILE = [
  "<script>alert(1)</script>",
  "__proto__",
  "constructor",
  "\x1b[31mred\x07",
  "a\nb\r\n\r\nHTTP/1.1 200 OK",
  "\xff\xfe\x80",
  "caf\xe9",
  "\xe2\x80\xaegnp.exe", // U+202E, which turns what follows around
  "\xef\xbb\xbfwith a mark",
  "a/b?c=d&e#f%41%",
  "*",
  '"\\',
  "data: x\n\nevent: y",
];

const encoded = (name: string) =>
  Array.from(name, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");

/** The bytes that an answer tells. */
function told(text: string, base64: string | undefined): number[] {
  return [...(base64 === undefined ? bytesOfText(text) : bytesOfBase64(base64)!)];
}

describe("whatever bytes peers choose", () => {
  test("they are told as they are, and name what they are the name of", async () => {
    using api = await CheckedApi.open({ payloads: true });
    for (const name of HOSTILE) {
      const bytes = [...binary(name)];
      const client = api.peer().send("SET_CLIENT_ID", name);
      const handle = client.submit("SUBMIT_JOB_BG", name, name, name);
      const worker = api.peer().canDo(name).send("SET_CLIENT_ID", name);
      const func = await api.get<FunctionDetailAnswer>(`/functions/${encoded(name)}`);
      assertEquals(told(func.name, func.nameBase64), bytes);
      const { items: [job] } = await api.get<Page<JobAnswer>>(
        `/jobs?unique=${encoded(name)}&function=${encoded(name)}&client=${encoded(name)}&payload=${
          encoded(name)
        }`,
      );
      assertEquals(job.handle, handle, name);
      assertEquals(told(job.function, job.functionBase64), bytes);
      assertEquals(told(job.unique, job.uniqueBase64), bytes);
      assertEquals(told(job.submitter!.clientId, job.submitter!.clientIdBase64), bytes);
      worker.grab();
      worker.send("WORK_WARNING", handle, name).send("WORK_EXCEPTION", handle, name);
      const ended = await api.get<JobAnswer>(`/jobs/${handle}`);
      assertEquals(told(ended.text!, ended.textBase64), bytes);
      const why = await api.get<WhyAnswer>(`/functions/${encoded(name)}/why`);
      assertEquals(told(why.function, why.functionBase64), bytes);
      for (const { text } of why.reasons) assertEquals(plainText(text), text);
      await api.ask("PUT", `/functions/${encoded(name)}/max-queue`, { body: {}, status: 204 });
      for (const list of ["workers", "clients", "connections"]) {
        const { items } = await api.get<Page<ConnectionAnswer>>(`/${list}?limit=1000`);
        assert(items.some(({ clientId }) => clientId === func.workerList[0].clientId));
      }
    }
    const { items } = await api.get<Page<FunctionAnswer>>("/functions");
    assertEquals(items.length, HOSTILE.length);
    assertEquals(({} as Record<string, unknown>).jobs, undefined);
  });

  test("they can be submitted, and come out of a stream as one event", async () => {
    using api = await CheckedApi.open();
    for (const name of HOSTILE) {
      const base64 = btoa(name);
      const job = { functionBase64: base64, uniqueBase64: base64, payloadBase64: base64 };
      const { handle } = await api.json<SubmitAnswer>("POST", "/jobs", { body: job, status: 202 });
      assertEquals([...api.router.jobByHandle(handle)!.payload], [...binary(name)]);
      api.router.operations.cancel(api.router.jobByHandle(handle)!, null);
      const response = await api.ask("POST", "/jobs", {
        body: { ...job, background: false },
        headers: { accept: "text/event-stream" },
      });
      const worker = api.peer().canDo(name);
      const [running] = worker.grab()!;
      worker.send("WORK_COMPLETE", running, name);
      const [, event] = (await response.text()).split("\n\n");
      const { result, resultBase64 } = JSON.parse(event.replace("event: complete\ndata: ", ""));
      assertEquals(told(result, resultBase64), [...binary(name)]);
    }
  });

  test("a function that is a dot or two is named behind the path", async () => {
    using api = await CheckedApi.open();
    for (const name of [".", "..", "/", "a b+c"]) {
      api.peer().submit("SUBMIT_JOB_BG", name, "", "");
      const query = `?name=${encoded(name)}`;
      const func = await api.get<FunctionDetailAnswer>(`/function${query}`);
      assertEquals([func.name, func.waiting], [name, 1]);
      const why = await api.get<WhyAnswer>(`/function/why${query}`);
      assertEquals([why.function, why.reasons[0].code], [name, "no_worker"]);
      const limits = { high: 1, normal: 2, low: 3 };
      await api.ask("PUT", `/function/max-queue${query}`, { body: limits, status: 204 });
      assertEquals((await api.get<FunctionDetailAnswer>(`/function${query}`)).maxQueueLow, 3);
      await api.ask("DELETE", `/function${query}`, { status: 409 });
      await api.json("POST", "/jobs/cancel", { body: { function: name, dryRun: false } });
      await api.ask("DELETE", `/function${query}`, { status: 204 });
      await api.ask("GET", `/function${query}`, { status: 404 });
    }
    await api.ask("GET", "/function", { status: 400 });
  });

  test("an unknown handle is only an unknown handle", async () => {
    using api = await CheckedApi.open({ payloads: true });
    for (const name of HOSTILE) {
      await api.get(`/jobs/${encoded(name)}`, { status: 404 });
      await api.get(`/jobs/${encoded(name)}/why`, { status: 404 });
      await api.ask("DELETE", `/jobs/${encoded(name)}`, { status: 404 });
    }
  });
});
