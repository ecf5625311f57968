/**
 * What every shared queue must do. A test file calls {@linkcode sharedQueueTests} with a way to make
 * one.
 *
 * @module
 */
import { describe } from "node:test";
import { addingTests } from "./shared_queue/adding.ts";
import { claimTests } from "./shared_queue/claims.ts";
import { deadTests } from "./shared_queue/dead.ts";
import { expiryTests } from "./shared_queue/expiry.ts";
import { faultTests } from "./shared_queue/faults.ts";
import { fencingTests } from "./shared_queue/fencing.ts";
import { givingBackTests } from "./shared_queue/giving_back.ts";
import { historyTest } from "./shared_queue/history.ts";
import type { SharedQueueKind } from "./shared_queue/kind.ts";
import { noticeTests } from "./shared_queue/notices.ts";
import { recordTests } from "./shared_queue/records.ts";
import { uniqueTests } from "./shared_queue/uniques.ts";
import { viewTests } from "./shared_queue/views.ts";

export type { QueueUnderTest, SharedQueueKind } from "./shared_queue/kind.ts";

/** Defines the tests. */
export function sharedQueueTests(kind: SharedQueueKind): void {
  describe(`${kind.name}: a shared queue`, () => {
    for (
      const define of [
        addingTests,
        uniqueTests,
        claimTests,
        givingBackTests,
        fencingTests,
        faultTests,
        noticeTests,
        viewTests,
        expiryTests,
        recordTests,
        deadTests,
        historyTest,
      ]
    ) define(kind);
  });
}
