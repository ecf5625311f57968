import type { QueueListener } from "../shared_queue.ts";

/** The same listener, whose calls may be taken out of it. */
export function boundTo(listener: QueueListener): QueueListener {
  return {
    work: (names) => listener.work(names),
    cancel: (number) => listener.cancel(number),
    bury: (number) => listener.bury(number),
    lost: () => listener.lost(),
    functionsChanged: () => listener.functionsChanged(),
    recordsChanged: () => listener.recordsChanged(),
    reachable: (error) => listener.reachable(error),
    report: (level, message) => listener.report(level, message),
  };
}
