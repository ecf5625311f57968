import fc from "fast-check";
import { getStatus, getStatusUnique, option } from "./model_requests.ts";
import type { Submission } from "./model_state.ts";
import {
  func,
  handleFor,
  type Operation,
  operation,
  type PacketName,
  payload,
  slot,
  unique,
  whichJob,
} from "./operation.ts";
import type { Play } from "./play.ts";

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

/** Sends a submit; the model learns the handle of a new job from the answer. */
function submit(
  play: Play,
  slot: number,
  type: PacketName,
  args: string[],
  submission: Submission,
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

/** What a submission is apart from what its packet says. */
const PLAIN = { unique: "", payload: "x", reducer: "", priority: NORMAL, background: true, due: 0 };

function submitAt(
  play: Play,
  slot: number,
  epoch: number | string,
  job: { func: string; unique: string; payload: string },
): void {
  const now = Math.floor(play.model.wall / 1000);
  const text = typeof epoch === "number" ? `${now + epoch}` : epoch;
  const due = (Number(text) || 0) * 1000;
  const args = [job.func, job.unique, text, job.payload];
  submit(play, slot, "SUBMIT_JOB_EPOCH", args, { ...PLAIN, ...job, due });
}

const submitOne = fc.tuple(slot, fc.constantFrom(...SUBMITS), func, unique, payload).map(
  ([slot, [type, priority, background], func, unique, payload]) =>
    operation((play) => {
      const args = [func, unique, payload];
      submit(play, slot, type, args, { ...PLAIN, func, unique, payload, priority, background });
    }),
);

const submitEpoch = fc.tuple(slot, fc.record({ func, unique, payload }), epoch).map(
  ([slot, job, epoch]) => operation((play) => submitAt(play, slot, epoch, job)),
);

const submitReduce = fc.tuple(
  slot,
  fc.constantFrom(...REDUCES),
  func,
  unique,
  fc.constantFrom("sum", "sum", ""),
).map(([slot, [type, background], func, unique, reducer]) =>
  operation((play) => {
    const args = [func, unique, reducer, "unused", "x"];
    submit(play, slot, type, args, { ...PLAIN, func, unique, reducer, background });
  })
);

/** Several jobs, so that there is an order to keep: of some functions now, or of one later. */
const submitSeveral = fc.tuple(slot, fc.array(func, { minLength: 3, maxLength: 6, size: "max" }))
  .map(([slot, functions]) =>
    operation((play) => {
      for (const func of functions) {
        submit(play, slot, "SUBMIT_JOB_BG", [func, "", "x"], { ...PLAIN, func });
      }
    })
  );

const submitSeveralLater = fc.tuple(slot, func, fc.integer({ min: 2, max: 4 })).map(
  ([slot, func, count]) =>
    operation((play) => {
      for (let job = 0; job < count; job++) {
        submitAt(play, slot, 1, { func, unique: "", payload: `${job}` });
      }
    }),
);

export const submits: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 12, arbitrary: submitOne },
  { weight: 4, arbitrary: submitEpoch },
  { weight: 2, arbitrary: submitReduce },
  { weight: 1, arbitrary: submitSeveral },
  { weight: 1, arbitrary: submitSeveralLater },
);

/** What clients ask and wish. */
export const questions: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(slot, whichJob).map(([slot, which]) =>
    operation((play) => {
      const peer = play.peer(slot);
      const handle = handleFor(play, which);
      const act = () => peer.real.send("GET_STATUS", handle);
      play.step(`${peer.name} GET_STATUS ${handle}`, act, () => {
        getStatus(play.model, peer.model, handle);
      });
    })
  ),
  fc.tuple(slot, unique).map(([slot, unique]) =>
    operation((play) => {
      const peer = play.peer(slot);
      const act = () => peer.real.send("GET_STATUS_UNIQUE", unique);
      play.step(`${peer.name} GET_STATUS_UNIQUE ${unique}`, act, () => {
        getStatusUnique(play.model, peer.model, unique);
      });
    })
  ),
  fc.tuple(
    slot,
    fc.constantFrom("exceptions", "exceptions", "cancel-notice", "options-in-name", "other"),
  ).map((
    [slot, name],
  ) =>
    operation((play) => {
      const peer = play.peer(slot);
      const act = () => peer.real.send("OPTION_REQ", name);
      play.step(`${peer.name} OPTION_REQ ${name}`, act, () => {
        option(play.model, peer.model, name);
      });
    })
  ),
);
