import fc from "fast-check";
import { bury, dropDead, dropDeadJob, kick, kickJob } from "./model_dead.ts";
import { move, pause, quiet, resume } from "./model_orders.ts";
import { cancel, result } from "./model_requests.ts";
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

/** What holds jobs back, or lets them go. */
export const orders: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(func, fc.constantFrom(null, 1, 2)).map(([func, seconds]) =>
    operation((play) => {
      const line = `pause ${func}${seconds === null ? "" : ` ${seconds}`} reason`;
      play.command(line, () => pause(play.model, func, seconds));
    })
  ),
  func.map((func) =>
    operation((play) => play.command(`resume ${func}`, () => resume(play.model, func)))
  ),
  fc.tuple(who, fc.boolean()).map(([who, isQuiet]) =>
    operation((play) => {
      const isMeant = (peer: ModelPeer) => peer.isQuiet !== isQuiet && peer.abilities.length > 0;
      const peer = peerFor(play, who, isMeant);
      if (peer === undefined) return;
      const word = isQuiet ? "quiet" : "unquiet";
      const line = `${word} worker 127.0.0.1:${peer.model.port}`;
      play.command(line, () => quiet(play.model, peer.model, isQuiet));
    })
  ),
  fc.tuple(whichJob, fc.constantFrom(0, 1, 3)).map(([which, seconds]) =>
    operation((play) => {
      const { model } = play;
      const waits = model.jobs.filter(({ state }) => state === "scheduled");
      const handle = waits[which.index % waits.length]?.handle ?? handleFor(play, which);
      const line = seconds === 0 ? `run job ${handle}` : `move job ${handle} ${seconds}s`;
      play.command(line, () => move(model, handle, model.wall + seconds * 1000));
    })
  ),
);

/** What is ordered about dead jobs, and asked of those that are done. */
export const deadOrders: fc.Arbitrary<Operation> = fc.oneof(
  whichJob.map((which) =>
    operation((play) => {
      const fit = play.model.jobs.filter(({ background }) => background || !which.lives);
      const handle = fit[which.index % fit.length]?.handle ?? handleFor(play, which);
      play.command(`bury ${handle}`, () => bury(play.model, handle));
    })
  ),
  fc.tuple(whichJob, fc.constantFrom("kick", "kick", "kick", "drop dead")).map(([which, order]) =>
    operation((play) => {
      const { dead } = play.model;
      const handle = dead[which.index % dead.length]?.handle ?? handleFor(play, which);
      const act = order === "kick" ? kickJob : dropDeadJob;
      play.command(`${order} job ${handle}`, () => act(play.model, handle));
    })
  ),
  fc.tuple(func, whichJob, fc.constantFrom(1, 2, Infinity)).map(([anyFunc, which, most]) =>
    operation((play) => {
      const { dead } = play.model;
      const func = dead[which.index % dead.length]?.func ?? anyFunc;
      const line = `kick ${func}${most === Infinity ? "" : ` ${most}`}`;
      play.command(line, () => kick(play.model, func, most));
    })
  ),
  fc.constantFrom("a", "b", "c").map((func) =>
    operation((play) => play.command(`drop dead ${func}`, () => dropDead(play.model, func)))
  ),
  whichJob.map((which) =>
    operation((play) => {
      const ended = [...play.model.results.keys()];
      const handle = ended[which.index % ended.length] ?? handleFor(play, which);
      play.command(`result ${handle}`, () => result(play.model, handle));
    })
  ),
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
