import type { Server } from "../../mod.ts";

/** Resolves when the server has so many connections. */
export function untilClients(server: Server, count: number): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (server.clients().length !== count) return;
      ignoreOpened();
      ignoreClosed();
      resolve();
    };
    const ignoreOpened = server.on("connectionOpened", look);
    const ignoreClosed = server.on("connectionClosed", look);
    look();
  });
}
