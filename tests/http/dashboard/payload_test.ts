import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { bestForm, payloadText } from "../../../http/dashboard/app/payload.ts";
import { phpText } from "../../../http/dashboard/app/php.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const php = (text: string) => phpText(bytes(text));

describe("what PHP serializes", () => {
  test("becomes values that can be read", () => {
    assertEquals(php("N;"), "null");
    assertEquals(php("b:1;"), "true");
    assertEquals(php("i:-12;"), "-12");
    assertEquals(php("d:1.5E+25;"), "1.5E+25");
    assertEquals(php('s:5:"größ";'), null);
    assertEquals(php('s:6:"größ";'), '"größ"');
    assertEquals(php('s:3:"a"b";'), '"a\\"b"');
    assertEquals(
      php('a:2:{s:1:"k";a:0:{}i:7;R:2;}'),
      '[\n  "k" => [],\n  7 => (the same as value 2)\n]',
    );
    assertEquals(
      php('O:3:"A\\B":3:{s:1:"x";i:1;s:4:"\0*\0y";i:2;s:6:"\0A\\B\0z";b:0;}'),
      "A\\B {\n  x: 1,\n  protected y: 2,\n  private z (of A\\B): false\n}",
    );
    assertEquals(php('E:11:"Suit:Hearts";'), "enum Suit:Hearts");
    assertEquals(php('C:1:"X":3:{abc}'), 'X "abc"');
  });

  test("is nothing else: cut, followed by more, or too deep", () => {
    const whole = 'a:1:{s:1:"k";s:5:"value";}';
    for (let length = 0; length < whole.length; length++) {
      assertEquals(php(whole.slice(0, length)), null);
    }
    assertEquals(php(`${whole} `), null);
    for (const text of ["i:x;", "a:-1:{}", "a:9999999999:{}", 's:9:"a";', "x:1;", "d:y;"]) {
      assertEquals(php(text), null, text);
    }
    assertEquals(php("a:1:{i:0;".repeat(5_000)), null);
  });
});

describe("a payload", () => {
  test("is first shown in the form that tells most", () => {
    assertEquals(bestForm(bytes(' {"a": [1]}')), "json");
    assertEquals(bestForm(bytes("{a}")), "text");
    assertEquals(bestForm(bytes("i:5;")), "php");
    assertEquals(bestForm(bytes("5")), "text");
    assertEquals(bestForm(new Uint8Array([0xff, 1])), "hex");
    assertEquals(bestForm(bytes("größe").subarray(0, 4)), "text");
  });

  test("keeps its numbers as they are in JSON", () => {
    assertEquals(payloadText(bytes('{"a":1}'), "json"), '{\n  "a": 1\n}');
    assertEquals(
      payloadText(bytes('{"a":12345678901234567890}'), "json"),
      '{"a":12345678901234567890}',
    );
    assertEquals(payloadText(bytes("{"), "json"), null);
  });

  test("is bytes with what can be read of them", () => {
    assertEquals(
      payloadText(bytes("0123456789abcdef\x00z"), "hex"),
      "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef\n" +
        `00000010  ${"00 7a".padEnd(48)}  .z`,
    );
  });
});
