import fc from "fast-check";
import { PacketType } from "../../protocol/mod.ts";
import type { Limits, ModelPeer } from "./model.ts";
import { type Peer, type Play, SLOTS } from "./play.ts";

type PacketName = keyof typeof PacketType;

/** One random thing to do. */
export interface Operation {
  /** Does it to the router and to the model, and compares. */
  run(play: Play): void;
}

/** Few names, so that jobs and workers meet. */
const func = fc.constantFrom("a", "a", "b", "b", "c");
const slot = fc.nat(SLOTS - 1);
const unique = fc.constantFrom("", "", "u", "v", "-");
const payload = fc.constantFrom("x", "u", "");

/** Who does it: mostly one for whom it makes sense (nobody if there is none), else anybody. */
const who = fc.record({ fit: fc.constantFrom(true, true, true, true, false), slot });

type Who = Readonly<{ fit: boolean; slot: number }>;

function peerFor(
  play: Play,
  { fit, slot }: Who,
  isFit: (peer: ModelPeer) => boolean,
): Peer | undefined {
  return fit ? play.fitPeer(slot, isFit) : play.peer(slot);
}

const HIGH = 0, NORMAL = 1, LOW = 2;

const SUBMITS: [type: PacketName, priority: number, background: boolean][] = [
  ["SUBMIT_JOB", NORMAL, false],
  ["SUBMIT_JOB_BG", NORMAL, true],
  ["SUBMIT_JOB_HIGH", HIGH, false],
  ["SUBMIT_JOB_HIGH_BG", HIGH, true],
  ["SUBMIT_JOB_LOW", LOW, false],
  ["SUBMIT_JOB_LOW_BG", LOW, true],
];

const REDUCES: [type: PacketName, background: boolean][] = [
  ["SUBMIT_REDUCE_JOB", false],
  ["SUBMIT_REDUCE_JOB_BACKGROUND", true],
];

/** Seconds from now, or a text as it stands in the packet. */
const epoch = fc.constantFrom<number | string>(0, 1, 2, 1, 2, -5, "", "junk", "99999999999");

const TIMEOUTS: [sent: string, milliseconds: number][] = [
  ["1000", 1000],
  ["250", 1000],
  ["0.25", 250],
  [".5", 500],
  ["\0\0\0\x02", 2000],
  ["0", 0],
  ["", 0],
];

function operation(run: (play: Play) => void): Operation {
  return { run };
}

/** Sends a submit; the model learns the handle from the answer. */
function submit(
  play: Play,
  slot: number,
  type: PacketName,
  args: string[],
  submission: Parameters<Play["model"]["submit"]>[1],
): void {
  const peer = play.peer(slot);
  play.step(
    `${peer.name} ${type} ${args.join("|")}`,
    () => peer.real.send(type, ...args),
    () => {
      const created = peer.received.find((packet) => packet.startsWith("JOB_CREATED "));
      const handle = created?.slice("JOB_CREATED ".length) ?? "";
      const isNew = created !== undefined && !play.handles.includes(handle);
      if (isNew) play.handles.push(handle);
      play.model.submit(peer.model, submission, isNew ? handle : "a new handle");
    },
  );
}

const submits = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(slot, fc.constantFrom(...SUBMITS), func, unique, payload).map(
      ([slot, [type, priority, background], func, unique, payload]) =>
        operation((play) =>
          submit(play, slot, type, [func, unique, payload], {
            ...{ func, unique, payload, priority, background },
            ...{ reducer: "", due: 0 },
          })
        ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(slot, func, unique, payload, epoch).map(
      ([slot, func, unique, payload, epoch]) =>
        operation((play) => {
          const now = Math.floor(play.model.wall / 1000);
          const text = typeof epoch === "number" ? `${now + epoch}` : epoch;
          submit(play, slot, "SUBMIT_JOB_EPOCH", [func, unique, text, payload], {
            ...{ func, unique, payload, priority: NORMAL, background: true },
            ...{ reducer: "", due: (Number(text) || 0) * 1000 },
          });
        }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(slot, fc.constantFrom(...REDUCES), func, unique, fc.constantFrom("sum", ""))
      .map(([slot, [type, background], func, unique, reducer]) =>
        operation((play) =>
          submit(play, slot, type, [func, unique, reducer, "unused", "x"], {
            ...{ func, unique, payload: "x", priority: NORMAL, background },
            ...{ reducer, due: 0 },
          })
        )
      ),
  },
);

const grabs = fc.tuple(who, fc.constantFrom("GRAB_JOB", "GRAB_JOB_UNIQ", "GRAB_JOB_ALL"))
  .map(([who, type]) =>
    operation((play) => {
      const peer = peerFor(play, who, (peer) => play.model.nextFunctions(peer).length > 0);
      if (peer === undefined) return;
      play.step(`${peer.name} ${type}`, () => peer.real.send(type as PacketName), () => {
        play.model.grab(peer.model, type, peer.received[0]?.split("|")[1] ?? "");
      });
    })
  );

const isAwake = (peer: ModelPeer) => peer.abilities.length > 0 && !peer.isSleeping;

const preSleep = who.map((who) =>
  operation((play) => {
    const peer = peerFor(play, who, isAwake);
    if (peer === undefined) return;
    const act = () => peer.real.send("PRE_SLEEP");
    play.step(`${peer.name} PRE_SLEEP`, act, () => play.model.preSleep(peer.model));
  })
);

const abilities = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(slot, func).map(([slot, func]) =>
      operation((play) => canDo(play, slot, "CAN_DO", [func], 0))
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(slot, func, fc.constantFrom(...TIMEOUTS)).map(
      ([slot, func, [sent, milliseconds]]) =>
        operation((play) => canDo(play, slot, "CAN_DO_TIMEOUT", [func, sent], milliseconds)),
    ),
  },
  {
    weight: 1,
    arbitrary: slot.map((slot) =>
      operation((play) => {
        const names = Array.from({ length: 15 }, (_, index) => `many${index}`);
        for (const func of names) canDo(play, slot, "CAN_DO", [func], 0);
      })
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(slot, func).map(([slot, func]) =>
      operation((play) => {
        const peer = play.peer(slot);
        const error = ["INVALID_ARGUMENT", "Timeout is not a number"];
        play.step(
          `${peer.name} CAN_DO_TIMEOUT ${func}|junk!`,
          () => peer.real.send("CAN_DO_TIMEOUT", func, "junk!"),
          () => play.model.expect(peer.model, "ERROR", ...error),
        );
      })
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(slot, func).map(([slot, func]) =>
      operation((play) => {
        const peer = play.peer(slot);
        const act = () => peer.real.send("CANT_DO", func);
        play.step(`${peer.name} CANT_DO ${func}`, act, () => play.model.cantDo(peer.model, func));
      })
    ),
  },
  {
    weight: 1,
    arbitrary: slot.map((slot) =>
      operation((play) => {
        const peer = play.peer(slot);
        const act = () => peer.real.send("RESET_ABILITIES");
        play.step(`${peer.name} RESET_ABILITIES`, act, () => play.model.resetAbilities(peer.model));
      })
    ),
  },
);

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

/** Which job: one that lives, or any that there ever was. */
const whichJob = fc.record({ lives: fc.constantFrom(true, true, false), index: fc.nat(20) });

type WhichJob = Readonly<{ lives: boolean; index: number }>;

/** @param worker whose jobs are meant, if it has any. */
function handleFor(play: Play, { lives, index }: WhichJob, worker?: ModelPeer): string {
  const { jobs } = play.model;
  const own = jobs.filter((job) => job.worker === worker);
  const living = (own.length > 0 ? own : jobs).map((job) => job.handle);
  const handles = lives && living.length > 0 ? living : play.handles;
  return handles[index % handles.length] ?? "H:nobody:1";
}

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

const work = fc.tuple(who, fc.constantFrom(...WORK), whichJob).map(
  ([who, [type, ...args], which]) =>
    operation((play) => {
      const peer = peerFor(play, who, (peer) => play.model.jobs.some((job) => job.worker === peer));
      if (peer === undefined) return;
      const handle = handleFor(play, which, peer.model);
      play.step(
        `${peer.name} ${[`${type} ${handle}`, ...args].join("|")}`,
        () => peer.real.send(type, handle, ...args),
        () => play.model.work(peer.model, type, handle, ...args),
      );
    }),
);

/** The most is at stake when a peer goes that runs a job or was woken for one. */
const connections = fc.tuple(who, fc.constantFrom("vanishes", "half-closes", "is gone after all"))
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

const questions = fc.oneof(
  fc.tuple(slot, whichJob).map(([slot, which]) =>
    operation((play) => {
      const peer = play.peer(slot);
      const handle = handleFor(play, which);
      const act = () => peer.real.send("GET_STATUS", handle);
      play.step(`${peer.name} GET_STATUS ${handle}`, act, () => {
        play.model.getStatus(peer.model, handle);
      });
    })
  ),
  fc.tuple(slot, unique).map(([slot, unique]) =>
    operation((play) => {
      const peer = play.peer(slot);
      const act = () => peer.real.send("GET_STATUS_UNIQUE", unique);
      play.step(`${peer.name} GET_STATUS_UNIQUE ${unique}`, act, () => {
        play.model.getStatusUnique(peer.model, unique);
      });
    })
  ),
  fc.tuple(slot, fc.constantFrom("exceptions", "exceptions", "other")).map(([slot, option]) =>
    operation((play) => {
      const peer = play.peer(slot);
      const act = () => peer.real.send("OPTION_REQ", option);
      play.step(`${peer.name} OPTION_REQ ${option}`, act, () => {
        play.model.option(peer.model, option);
      });
    })
  ),
);

const LIMITS: [words: string, limits: Limits][] = [
  ["", [0, 0, 0]],
  [" 1", [1, 1, 1]],
  [" 2", [2, 2, 2]],
  [" 2 1", [2, 1, 0]],
  [" 3 2 1", [3, 2, 1]],
];

const commands = fc.oneof(
  {
    weight: 3,
    arbitrary: whichJob.map((which) =>
      operation((play) => {
        const handle = handleFor(play, which);
        play.command(`cancel job ${handle}`, () => play.model.cancel(handle));
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

const clock = fc.constantFrom(0, 50, 100, 250, 1000, 2500)
  .map((milliseconds) => operation((play) => play.advance(milliseconds)));

const anything = fc.oneof(
  { weight: 12, arbitrary: submits },
  { weight: 12, arbitrary: grabs },
  { weight: 8, arbitrary: preSleep },
  { weight: 5, arbitrary: abilities },
  { weight: 14, arbitrary: work },
  { weight: 3, arbitrary: connections },
  { weight: 2, arbitrary: questions },
  { weight: 3, arbitrary: commands },
  { weight: 5, arbitrary: clock },
);

/** Sequences of random things to do; at first some workers say what they can do. */
export const operations: fc.Arbitrary<Operation[]> = fc.tuple(
  fc.array(abilities, { minLength: 1, maxLength: 5, size: "max" }),
  fc.array(anything, { minLength: 4, maxLength: 45, size: "max" }),
).map(([first, then]) => [...first, ...then]);
