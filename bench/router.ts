import { group } from "mitata";
import { encodeRequest, HEADER_SIZE, PacketType } from "../protocol/mod.ts";
import { Router } from "../router/mod.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { add } from "./benchmark.ts";
import { joined } from "./packets.ts";
import { Peer } from "./peer.ts";

const MILLION = 1_000_000;
const SUBMIT = encodeRequest(PacketType.SUBMIT_JOB, "resize", "", "a payload of twenty");
const SUBMIT_BACKGROUND = encodeRequest(
  PacketType.SUBMIT_JOB_BG,
  "resize",
  "",
  "a payload of twenty",
);
const GRAB = encodeRequest(PacketType.GRAB_JOB);
const PRE_SLEEP = encodeRequest(PacketType.PRE_SLEEP);

function canDo(count: number): Uint8Array {
  const names = Array.from({ length: count }, (_, index) => `function-${index}`);
  return joined(names.map((name) => encodeRequest(PacketType.CAN_DO, name)));
}

/** One job comes, the oldest is grabbed and done, while so many others wait. */
function jobs(name: string, submit: Uint8Array, waiting: number): void {
  add(`router: ${name}`, function* () {
    const router = new Router(new ManualClock());
    const client = new Peer(router), worker = new Peer(router);
    worker.send(encodeRequest(PacketType.CAN_DO, "resize"));
    for (let job = 0; job < waiting; job++) {
      client.send(SUBMIT_BACKGROUND);
      client.drop();
    }
    const { handleLength } = router.jobs;
    const complete = encodeRequest(
      PacketType.WORK_COMPLETE,
      "x".repeat(handleLength),
      "a result of twenty.",
    );
    yield () => {
      client.send(submit);
      worker.send(GRAB);
      worker.copyBody(complete, HEADER_SIZE, handleLength);
      worker.send(complete);
      return client.drop();
    };
    router.close();
  });
}

/** A request that changes nothing, asked by a peer that can do so many functions. */
function asking(name: string, packet: Uint8Array, abilities: number): void {
  add(`router: ${name}`, function* () {
    const router = new Router(new ManualClock());
    const peer = new Peer(router);
    peer.send(canDo(abilities));
    yield () => {
      peer.send(packet);
      return peer.drop();
    };
    router.close();
  });
}

/** One more client joins a job that waits, and goes. */
function coalescing(): void {
  add("router: join a job by its unique, and leave it", function* () {
    const router = new Router(new ManualClock());
    const submit = encodeRequest(PacketType.SUBMIT_JOB, "resize", "cat-17", "a payload of twenty");
    const first = new Peer(router);
    first.send(submit);
    first.drop();
    yield () => {
      const other = new Peer(router);
      other.send(submit);
      other.drop();
      other.destroy();
    };
    router.close();
  });
}

/** A worker that puts itself on a list when it is sent something. */
class Sleeper extends Peer {
  readonly #woken: Peer[];

  constructor(router: Router, woken: Peer[]) {
    super(router);
    this.#woken = woken;
    this.send(encodeRequest(PacketType.CAN_DO, "resize"));
    this.send(PRE_SLEEP);
  }

  override flush(): void {
    this.#woken.push(this);
  }
}

/** A job wakes workers, one of them does it, and they sleep again. */
function wakingUp(sleepers: number): void {
  add(`router: a job among ${sleepers} sleeping workers`, function* () {
    const router = new Router(new ManualClock());
    const client = new Peer(router);
    const woken: Peer[] = [];
    for (let count = 0; count < sleepers; count++) new Sleeper(router, woken);
    const { handleLength } = router.jobs;
    const complete = encodeRequest(PacketType.WORK_COMPLETE, "x".repeat(handleLength), "");
    const work = (worker: Peer) => {
      worker.drop();
      worker.send(GRAB);
      if (worker.connection.out.size > HEADER_SIZE) {
        worker.copyBody(complete, HEADER_SIZE, handleLength);
        worker.send(complete);
      }
      worker.send(PRE_SLEEP);
      worker.drop();
    };
    yield () => {
      client.send(SUBMIT_BACKGROUND);
      const { length } = woken;
      for (let index = 0; index < length; index++) work(woken[index]);
      woken.length = 0;
      return client.drop();
    };
    router.close();
  });
}

group("Router", () => {
  jobs("a job from submit to result", SUBMIT, 0);
  jobs("a background job, alone", SUBMIT_BACKGROUND, 0);
  jobs("a background job behind a million", SUBMIT_BACKGROUND, MILLION);
  coalescing();
  asking("a grab for nothing", GRAB, 1);
  asking("a grab for nothing with 10,000 functions", GRAB, 10_000);
  asking(
    "GET_STATUS",
    encodeRequest(PacketType.GET_STATUS, "H:localhost:00000000000000000000000017"),
    0,
  );
  asking("text status of 1,000 functions", new TextEncoder().encode("status\n"), 1000);
  wakingUp(1);
  wakingUp(1000);
});
