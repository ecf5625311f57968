/** Does a pattern of names fit a name? `*` stands for any characters, and `?` for one; all of it must fit. */
export function patternOf(glob: string): RegExp {
  const source = glob.replace(/[\\^$.|+()[\]{}]/g, "\\$&").replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "su");
}
