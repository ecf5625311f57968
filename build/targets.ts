/** A machine that a binary is built for. */
export interface Target {
  /** System and processor, as file names have them. */
  readonly name: string;
  /** What Bun calls it. */
  readonly bun: string;
  /** What Deno calls it. */
  readonly deno: string;
  /** What the names of programs end in there. */
  readonly extension: "" | ".exe";
}

/** Every machine that binaries are released for. */
export const TARGETS: readonly Target[] = [
  {
    name: "linux-x64",
    bun: "bun-linux-x64-baseline",
    deno: "x86_64-unknown-linux-gnu",
    extension: "",
  },
  { name: "linux-arm64", bun: "bun-linux-arm64", deno: "aarch64-unknown-linux-gnu", extension: "" },
  {
    name: "darwin-x64",
    bun: "bun-darwin-x64-baseline",
    deno: "x86_64-apple-darwin",
    extension: "",
  },
  { name: "darwin-arm64", bun: "bun-darwin-arm64", deno: "aarch64-apple-darwin", extension: "" },
  {
    name: "windows-x64",
    bun: "bun-windows-x64-baseline",
    deno: "x86_64-pc-windows-msvc",
    extension: ".exe",
  },
];
