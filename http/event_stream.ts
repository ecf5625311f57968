const encoder = new TextEncoder();

/** One event of a stream, as text. What JSON leaves as it is has no line end. */
export function eventText(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A body of texts that are made one after the other, as they are read. */
export function bodyOf(
  texts: AsyncGenerator<string, void, undefined>,
  onCancel: () => void = () => {},
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      onCancel();
      await texts.return();
    },
  }, { highWaterMark: 0 });
}

/** Headers of a stream of events: nobody keeps it, nor gathers it. */
export const EVENT_STREAM: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};
