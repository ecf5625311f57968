import { type ChildProcess, spawn } from "node:child_process";
import { searchPath } from "../serve/search_path.ts";

/**
 * Reads which process groups run: `+ NUMBER`, and `- NUMBER` for one that has ended. When no more can
 * come, whoever wrote is gone, and the groups that are left are asked to end, and killed later.
 */
const SCRIPT = `
  trap '' INT TERM HUP
  groups=
  while read -r what number; do
    others=
    for group in $groups; do [ "$group" = "$number" ] || others="$others $group"; done
    groups=$others
    [ "$what" = - ] || groups="$groups $number"
  done
  [ -n "$groups" ] || exit 0
  for group in $groups; do kill -s TERM -- "-$group"; done
  sleep "$1"
  for group in $groups; do kill -s KILL -- "-$group"; done
`;

/**
 * A shell that ends the commands of this program when SIGKILL, or a crash, has ended this program
 * itself. Without a shell there is none.
 */
export class Watcher {
  readonly #grace: number;
  readonly #groups = new Set<number>();
  #child: ChildProcess | null = null;

  /** @param grace milliseconds from the request to end to the end. */
  constructor(grace: number) {
    this.#grace = grace;
  }

  /** A group has begun. */
  add(group: number): void {
    this.#groups.add(group);
    if (this.#child !== null) return this.#tell("+", group);
    this.#start();
    for (const each of this.#groups) this.#tell("+", each);
  }

  /** A group is none of this program's any more. */
  remove(group: number): void {
    if (this.#groups.delete(group)) this.#tell("-", group);
  }

  #start(): void {
    // In a group of its own: what ends this program by its group does not end the shell.
    const child = spawn("sh", ["-c", SCRIPT, "sh", String(this.#grace / 1000)], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: searchPath(),
    });
    const gone = () => {
      if (this.#child === child) this.#child = null;
    };
    child.on("error", gone).on("exit", gone);
    child.stdin?.on("error", gone);
    child.unref();
    this.#child = child;
  }

  #tell(what: "+" | "-", group: number): void {
    this.#child?.stdin?.write(`${what} ${group}\n`);
  }
}
