import fc from "fast-check";
import type { PacketType } from "../../protocol/mod.ts";
import { isDoneBy, type ModelPeer } from "./model_state.ts";
import { type Peer, type Play, SLOTS } from "./play.ts";

export type PacketName = keyof typeof PacketType;

/** One random thing to do. */
export interface Operation {
  /** Does it to the router and to the model, and compares. */
  run(play: Play): void;
}

export function operation(run: (play: Play) => void): Operation {
  return { run };
}

/** Few names, so that jobs and workers meet. */
export const func: fc.Arbitrary<string> = fc.constantFrom("a", "a", "b", "b", "c");
export const unique: fc.Arbitrary<string> = fc.constantFrom("", "", "u", "v", "-");
export const payload: fc.Arbitrary<string> = fc.constantFrom("x", "u", "");
export const slot: fc.Arbitrary<number> = fc.nat(SLOTS - 1);

/** Who does it: mostly one for whom it makes sense (nobody if there is none), else anybody. */
export const who: fc.Arbitrary<Who> = fc.record({
  fit: fc.constantFrom(true, true, true, true, false),
  slot,
});

export type Who = Readonly<{ fit: boolean; slot: number }>;

export function peerFor(
  play: Play,
  { fit, slot }: Who,
  isFit: (peer: ModelPeer) => boolean,
): Peer | undefined {
  return fit ? play.fitPeer(slot, isFit) : play.peer(slot);
}

/** Which job: one that lives, or any that there ever was. */
export const whichJob: fc.Arbitrary<WhichJob> = fc.record({
  lives: fc.constantFrom(true, true, false),
  index: fc.nat(20),
});

export type WhichJob = Readonly<{ lives: boolean; index: number }>;

/** @param worker whose jobs are meant, if it has any. */
export function handleFor(play: Play, { lives, index }: WhichJob, worker?: ModelPeer): string {
  const { jobs } = play.model;
  const own = jobs.filter((job) => worker !== undefined && isDoneBy(worker, job));
  const living = (own.length > 0 ? own : jobs).map((job) => job.handle);
  const handles = lives && living.length > 0 ? living : play.handles;
  return handles[index % handles.length] ?? "H:nobody:1";
}
