import { MemoryStore } from "../../store/memory.ts";
import { contractTests } from "./contract.ts";

contractTests({
  name: "MemoryStore",
  create: () => new MemoryStore("H:here:000000000001"),
  remove: (store) => store.close(),
});
