/** @jsxImportSource preact */
import { render } from "preact";
import { App } from "./app.tsx";
import { watch } from "./live.ts";
import { followHash } from "./route.ts";
import { applyTheme } from "./theme.ts";

applyTheme();
followHash();
watch();
render(<App />, document.getElementById("app")!);
