import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { FileReserve } from "../../../store/sqlite/disk_reserve.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-reserve-"));
after(() => fs.rmSync(directory, { recursive: true, force: true }));
let files = 0;
const SIZE = 3 * 1024 * 1024 + 5;

/** The paths of a database and of its reserve. */
function newPaths(): [database: string, reserve: string] {
  const database = join(directory, `${++files}`);
  fs.writeFileSync(database, "");
  return [database, `${database}-reserve`];
}

describe("FileReserve", () => {
  test("takes room on the disk that nobody else may read", () => {
    const [database, path] = newPaths();
    const reserve = new FileReserve(database, SIZE);
    assertEquals([reserve.isWhole, fs.existsSync(path)], [false, false]);
    reserve.make();
    const { size, mode, blocks } = fs.statSync(path);
    assertEquals([reserve.isWhole, size, mode & 0o777], [true, SIZE, 0o600]);
    assert(blocks * 512 >= SIZE);
  });

  test("gives the room up, takes it again, and takes the file away", () => {
    const [database, path] = newPaths();
    const reserve = new FileReserve(database, SIZE);
    reserve.make();
    reserve.giveUp();
    assertEquals([reserve.isWhole, fs.statSync(path).size], [false, 0]);
    reserve.make();
    assertEquals([reserve.isWhole, fs.statSync(path).size], [true, SIZE]);
    reserve.remove();
    reserve.remove();
    assertEquals([reserve.isWhole, fs.existsSync(path)], [false, false]);
  });

  test("takes over what is there, and makes it whole if it is not", () => {
    const [database, path] = newPaths();
    new FileReserve(database, SIZE).make();
    const before = fs.statSync(path).mtimeMs;
    new FileReserve(database, SIZE).make();
    assertEquals(fs.statSync(path).mtimeMs, before);
    fs.truncateSync(path, 100);
    new FileReserve(database, SIZE).make();
    assertEquals(fs.statSync(path).size, SIZE);
  });

  test("follows no link to another file", () => {
    const [database, path] = newPaths();
    const [other] = newPaths();
    fs.writeFileSync(other, "precious");
    fs.symlinkSync(other, path);
    assertThrows(() => new FileReserve(database, SIZE).make());
    fs.rmSync(path);
    const reserve = new FileReserve(database, SIZE);
    reserve.make();
    // Whoever the folder belongs to can put one there at any time.
    fs.rmSync(path);
    fs.symlinkSync(other, path);
    assertThrows(() => reserve.giveUp(), Error, `${path} is a symbolic link`);
    assertEquals(fs.readFileSync(other, "utf8"), "precious");
  });
});
