import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { FileReserve } from "../../store/disk_reserve.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-reserve-"));
after(() => fs.rmSync(directory, { recursive: true, force: true }));
let files = 0;
const SIZE = 3 * 1024 * 1024 + 5;

function newPath(): string {
  return join(directory, `reserve${++files}`);
}

describe("FileReserve", () => {
  test("takes room on the disk that nobody else may read", () => {
    const path = newPath();
    const reserve = new FileReserve(path, SIZE);
    assertEquals([reserve.isWhole, fs.existsSync(path)], [false, false]);
    reserve.make();
    const { size, mode, blocks } = fs.statSync(path);
    assertEquals([reserve.isWhole, size, mode & 0o777], [true, SIZE, 0o600]);
    assert(blocks * 512 >= SIZE);
  });

  test("gives the room up, takes it again, and takes the file away", () => {
    const path = newPath();
    const reserve = new FileReserve(path, SIZE);
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
    const path = newPath();
    new FileReserve(path, SIZE).make();
    const before = fs.statSync(path).mtimeMs;
    new FileReserve(path, SIZE).make();
    assertEquals(fs.statSync(path).mtimeMs, before);
    fs.truncateSync(path, 100);
    new FileReserve(path, SIZE).make();
    assertEquals(fs.statSync(path).size, SIZE);
  });

  test("follows no link to another file", () => {
    const [path, other] = [newPath(), newPath()];
    fs.writeFileSync(other, "precious");
    fs.symlinkSync(other, path);
    assertThrows(() => new FileReserve(path, SIZE).make());
    assertEquals(fs.readFileSync(other, "utf8"), "precious");
  });
});
