import { RawPeer } from "../support/raw_peer.ts";

/** A job as a test's function gets it; strings have one character a byte. */
export interface RawJob {
  readonly handle: string;
  readonly unique: string;
  readonly payload: string;
  /** Sends a packet about it: `WORK_DATA`, say. */
  send(type: string, ...args: string[]): void;
}

/** What a function does: returns the result, or null when it has sent the end itself, or never will. */
export type RawFunction = (job: RawJob) => string | null;

/** A worker that trusts nothing of ours, for any server. */
export class RawWorker implements Disposable {
  readonly #peer: RawPeer;

  private constructor(peer: RawPeer) {
    this.#peer = peer;
  }

  /** Starts it; it does one job after the other. */
  static async start(port: number, functions: Record<string, RawFunction>): Promise<RawWorker> {
    const worker = new RawWorker(await RawPeer.connect(port));
    for (const name of Object.keys(functions)) worker.#peer.packet("CAN_DO", name);
    // The echo shows that the server knows what it can do.
    worker.#peer.packet("ECHO_REQ", "ready");
    await worker.#peer.expect("ECHO_RES");
    worker.#work(functions).catch(() => {});
    return worker;
  }

  /** Hangs up, whatever it does. */
  [Symbol.dispose](): void {
    this.#peer.destroy();
  }

  async #work(functions: Record<string, RawFunction>): Promise<void> {
    const peer = this.#peer;
    peer.packet("GRAB_JOB_UNIQ");
    for (;;) {
      const packet = await peer.nextPacket();
      if (packet.type === "NO_JOB") peer.packet("PRE_SLEEP");
      else if (packet.type === "NOOP") peer.packet("GRAB_JOB_UNIQ");
      else if (packet.type === "JOB_ASSIGN_UNIQ") {
        const [handle, name, unique, payload] = packet.args(4);
        const send = (type: string, ...args: string[]) => void peer.packet(type, handle, ...args);
        const result = functions[name]({ handle, unique, payload, send });
        if (result !== null) send("WORK_COMPLETE", result);
        peer.packet("GRAB_JOB_UNIQ");
      }
    }
  }
}
