/**
 * Metrics for Prometheus: one table of families (`families.ts`), numbers as they are when somebody asks
 * (`snapshot.ts`), written in one of two formats (`writer.ts`).
 *
 * @module
 */
import { Hono } from "hono";
import { accepts } from "hono/accepts";
import type { HttpContext, HttpEnv } from "../access/env.ts";
import type { HttpParts } from "../parts.ts";
import type { Portions } from "../portions.ts";
import { FunctionLabels } from "./labels.ts";
import type { LoopDelay } from "./loop_delay.ts";
import { rendered } from "./render.ts";
import { takeSnapshot } from "./snapshot.ts";
import type { MetricFormat } from "./writer.ts";

const TYPES: Readonly<Record<MetricFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};
const encoder = new TextEncoder();

/** `/metrics`, in the format that is asked for by Accept. */
export function metrics(
  parts: HttpParts,
  loopDelay: LoopDelay,
  portions: Portions,
): Hono<HttpEnv> {
  const labels = new FunctionLabels(parts.options.metricFunctions);
  const app = new Hono<HttpEnv>();
  app.get("/metrics", async (c) => {
    const format = formatFor(c);
    const snapshot = await takeSnapshot(parts, labels, loopDelay, portions);
    return c.body(streamOf(rendered(snapshot, format, portions)), 200, {
      "content-type": TYPES[format],
      "cache-control": "no-store",
      vary: "accept",
    });
  });
  return app;
}

function formatFor(c: HttpContext): MetricFormat {
  const type = accepts(c, {
    header: "Accept",
    supports: ["text/plain", "application/openmetrics-text"],
    default: "text/plain",
  });
  return type === "text/plain" ? "prometheus" : "openmetrics";
}

function streamOf(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await texts.return(undefined);
    },
  });
}
