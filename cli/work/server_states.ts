/** Says when a server is connected to, and when it is not any more; not every attempt between. */
export class ServerStates {
  readonly #connected = new Map<string, boolean>();
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  readonly connected = (server: string): void => {
    this.#connected.set(server, true);
    this.#say(`${server}: connected`);
  };

  readonly failed = (error: Error, server: string): void => {
    if (this.#connected.get(server) === false) return;
    this.#connected.set(server, false);
    this.#say(`${server}: not connected, tries again: ${error.message}`);
  };
}
