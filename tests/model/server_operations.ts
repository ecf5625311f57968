import fc from "fast-check";
import { cancel } from "./model_requests.ts";
import type { Limits, ModelPeer } from "./model_state.ts";
import { func, handleFor, type Operation, operation, peerFor, whichJob, who } from "./operation.ts";

/** The most is at stake when a peer goes that runs a job or was woken for one. */
export const connections: fc.Arbitrary<Operation> = fc.tuple(
  who,
  fc.constantFrom("vanishes", "half-closes", "is gone after all"),
)
  .map(([who, what]) =>
    operation((play) => {
      const isAtWork = (peer: ModelPeer) =>
        peer.wokenFor.length > 0 || play.model.jobs.some((job) => job.worker === peer);
      const peer = what === "is gone after all"
        ? play.halfClosedPeer()
        : peerFor(play, who, isAtWork);
      if (peer === undefined) return;
      const { real, model } = peer;
      play.step(
        `${peer.name} ${what}`,
        () => what === "half-closes" ? real.connection.peerEnded() : real.vanish(),
        () => what === "half-closes" ? play.model.halfClose(model) : play.model.vanish(model),
        "in any order",
      );
    })
  );

const LIMITS: [words: string, limits: Limits][] = [
  ["", [0, 0, 0]],
  [" 1", [1, 1, 1]],
  [" 2", [2, 2, 2]],
  [" 2 1", [2, 1, 0]],
  [" 3 2 1", [3, 2, 1]],
];

export const commands: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 3,
    arbitrary: whichJob.map((which) =>
      operation((play) => {
        const handle = handleFor(play, which);
        play.command(`cancel job ${handle}`, () => cancel(play.model, handle));
      })
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(func, fc.constantFrom(...LIMITS)).map(([func, [words, limits]]) =>
      operation((play) => {
        play.command(`maxqueue ${func}${words}`, () => play.model.maxQueue(func, limits));
      })
    ),
  },
  {
    weight: 1,
    arbitrary: func.map((func) =>
      operation((play) => play.command(`create function ${func}`, () => play.model.create(func)))
    ),
  },
  {
    weight: 2,
    arbitrary: func.map((func) =>
      operation((play) => play.command(`drop function ${func}`, () => play.model.drop(func)))
    ),
  },
);

/** Some time passes, or just as much as there is until something happens. */
export const clock: fc.Arbitrary<Operation> = fc
  .constantFrom<number | "next">(0, 50, 100, 250, 1000, 2500, "next", "next")
  .map((milliseconds) =>
    operation((play) => {
      const next = play.model.nextEvent() - play.model.now;
      if (milliseconds !== "next") play.advance(milliseconds);
      else if (next < 10_000) play.advance(next);
    })
  );
