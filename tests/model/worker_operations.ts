import fc from "fast-check";
import { work } from "./model_endings.ts";
import { nextFunctions } from "./model_queues.ts";
import { isDoneBy, type ModelPeer } from "./model_state.ts";
import {
  func,
  handleFor,
  type Operation,
  operation,
  type PacketName,
  peerFor,
  slot,
  whichJob,
  who,
} from "./operation.ts";
import type { Play } from "./play.ts";

const GRABS: PacketName[] = ["GRAB_JOB", "GRAB_JOB_UNIQ", "GRAB_JOB_ALL"];

export const grabs: fc.Arbitrary<Operation> = fc.tuple(who, fc.constantFrom(...GRABS)).map(
  ([who, type]) =>
    operation((play) => {
      const peer = peerFor(play, who, (peer) => nextFunctions(play.model, peer).length > 0);
      if (peer === undefined) return;
      play.step(`${peer.name} ${type}`, () => peer.real.send(type), () => {
        play.model.grab(peer.model, type, peer.received[0]?.split("|")[1] ?? "");
      });
    }),
);

const isAwake = (peer: ModelPeer) => peer.abilities.length > 0 && !peer.isSleeping;

export const preSleep: fc.Arbitrary<Operation> = who.map((who) =>
  operation((play) => {
    const peer = peerFor(play, who, isAwake);
    if (peer === undefined) return;
    const act = () => peer.real.send("PRE_SLEEP");
    play.step(`${peer.name} PRE_SLEEP`, act, () => play.model.preSleep(peer.model));
  })
);

const TIMEOUTS: [sent: string, milliseconds: number][] = [
  ["1000", 1000],
  ["250", 1000],
  ["0.25", 250],
  [".5", 500],
  ["\0\0\0\x02", 2000],
  ["0", 0],
  ["", 0],
];

function canDo(
  play: Play,
  slot: number,
  type: PacketName,
  args: string[],
  milliseconds: number,
): void {
  const peer = play.peer(slot);
  play.step(
    `${peer.name} ${type} ${args.join("|")}`,
    () => peer.real.send(type, ...args),
    () => play.model.canDo(peer.model, args[0], milliseconds),
  );
}

const canDoPlain = fc.tuple(slot, func).map(([slot, func]) =>
  operation((play) => canDo(play, slot, "CAN_DO", [func], 0))
);

const canDoTimeout = fc.tuple(slot, func, fc.constantFrom(...TIMEOUTS)).map(
  ([slot, func, [sent, milliseconds]]) =>
    operation((play) => canDo(play, slot, "CAN_DO_TIMEOUT", [func, sent], milliseconds)),
);

/** With two more, the worker has so many that they are looked for in another way. */
const canDoMany = slot.map((slot) =>
  operation((play) => {
    const { name, real, model } = play.peer(slot);
    const functions = Array.from({ length: 15 }, (_, index) => `many${index}`);
    play.step(
      `${name} CAN_DO many0 to many14`,
      () => real.canDo(...functions),
      () => functions.forEach((func) => play.model.canDo(model, func, 0)),
    );
  })
);

const canDoWrongly = fc.tuple(slot, func).map(([slot, func]) =>
  operation((play) => {
    const peer = play.peer(slot);
    const error = ["INVALID_ARGUMENT", "Timeout is not a number"];
    play.step(
      `${peer.name} CAN_DO_TIMEOUT ${func}|junk!`,
      () => peer.real.send("CAN_DO_TIMEOUT", func, "junk!"),
      () => play.model.expect(peer.model, "ERROR", ...error),
    );
  })
);

/** What a worker says of its functions. */
export const abilities: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 8, arbitrary: canDoPlain },
  { weight: 5, arbitrary: canDoTimeout },
  { weight: 1, arbitrary: canDoMany },
  { weight: 1, arbitrary: canDoWrongly },
);

const isWoken = (peer: ModelPeer) => peer.wokenFor.length > 0;
const isAble = (peer: ModelPeer) => peer.abilities.length > 0;

/** Workers that give functions up, preferably with work at hand for them. */
export const lessAbilities: fc.Arbitrary<Operation> = fc.record({
  who,
  isFit: fc.constantFrom(isWoken, isAble),
  type: fc.constantFrom("CANT_DO", "CANT_DO", "CANT_DO", "RESET_ABILITIES"),
  index: fc.nat(2),
  func,
}).map(({ who, isFit, type, index, func }) =>
  operation((play) => {
    const peer = peerFor(play, who, isFit);
    if (peer === undefined) return;
    const { name, real, model } = peer;
    if (type === "RESET_ABILITIES") {
      const act = () => real.send("RESET_ABILITIES");
      return play.step(`${name} RESET_ABILITIES`, act, () => play.model.resetAbilities(model));
    }
    const given = who.fit ? model.abilities[index % model.abilities.length]?.func ?? func : func;
    const act = () => real.send("CANT_DO", given);
    play.step(`${name} CANT_DO ${given}`, act, () => play.model.cantDo(model, given));
  })
);

const WORK: [type: PacketName, ...args: string[]][] = [
  ["WORK_STATUS", "1", "10"],
  ["WORK_STATUS", "9", "10"],
  ["WORK_DATA", "part"],
  ["WORK_WARNING", "careful"],
  ["WORK_COMPLETE", "result"],
  ["WORK_COMPLETE", ""],
  ["WORK_COMPLETE", "result"],
  ["WORK_FAIL"],
  ["WORK_FAIL"],
  ["WORK_EXCEPTION", "oops"],
  ["WORK_EXCEPTION", "oops"],
];

export const works: fc.Arbitrary<Operation> = fc.tuple(who, fc.constantFrom(...WORK), whichJob).map(
  ([who, [type, ...args], which]) =>
    operation((play) => {
      const peer = peerFor(play, who, (peer) => play.model.jobs.some((job) => isDoneBy(peer, job)));
      if (peer === undefined) return;
      const handle = handleFor(play, which, peer.model);
      play.step(
        `${peer.name} ${[`${type} ${handle}`, ...args].join("|")}`,
        () => peer.real.send(type, handle, ...args),
        () => work(play.model, peer.model, type, handle, ...args),
      );
    }),
);
