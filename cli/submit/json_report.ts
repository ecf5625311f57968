import { JobExceptionError } from "../../client/errors.ts";
import type { JobUpdate } from "../../client/job_updates.ts";
import { jsonText } from "../../router/log/text.ts";
import { Buffer } from "node:buffer";
import type { Output } from "../output.ts";
import { explanation, type Outcome, wentWell } from "./outcome.ts";
import type { Report } from "./report.ts";
import type { SubmittedJob } from "./submitted_job.ts";

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One JSON object a line for each thing that comes of a job. */
export class JsonReport implements Report {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  update(job: SubmittedJob, update: JobUpdate): Promise<void> {
    if (update.type !== "status") {
      return this.#print(job, update.type, bytesAs("data", update.data));
    }
    const { numerator, denominator } = update;
    return this.#print(job, "progress", { numerator, denominator });
  }

  end(job: SubmittedJob, outcome: Outcome): Promise<void> {
    const { status } = outcome;
    if (status === "done") {
      return this.#print(job, "end", { status, ...bytesAs("data", outcome.result) });
    }
    if (wentWell(outcome)) return this.#print(job, "end", { status });
    const { error } = outcome;
    return this.#print(job, "end", {
      status,
      error: explanation(outcome),
      ...(error instanceof JobExceptionError ? bytesAs("exception", error.payload) : {}),
    });
  }

  #print(job: SubmittedJob, event: string, fields: Record<string, unknown>): Promise<void> {
    const { number, functionName, handle, unique } = job;
    const object = { event, job: number, function: functionName, handle, unique, ...fields };
    return this.#output.write(encoder.encode(`${jsonText(object)}\n`));
  }
}

/** Text if it is UTF-8; another field tells that it is not. */
function bytesAs(name: string, bytes: Uint8Array): Record<string, string> {
  try {
    return { [name]: strictDecoder.decode(bytes) };
  } catch {
    const { buffer, byteOffset, byteLength } = bytes;
    return { [`${name}Base64`]: Buffer.from(buffer, byteOffset, byteLength).toString("base64") };
  }
}
