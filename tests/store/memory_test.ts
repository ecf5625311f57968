import { RemoteStore } from "./remote_store.ts";
import { MemoryStore } from "../../store/memory.ts";
import { contractTests } from "./contract.ts";

contractTests({
  name: "MemoryStore",
  create: () => new MemoryStore("H:here:000000000001"),
  remove: (store) => store.close(),
});

contractTests({
  name: "RemoteStore, which answers by promises",
  create: () => new RemoteStore(),
  remove: (store) => void store.close(),
});
