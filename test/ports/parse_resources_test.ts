import { assertEquals, assertThrows } from "@std/assert";
import { IntervalSet } from "../../src/ports/interval_set.ts";
import { parseResources } from "../../src/ports/parse_resources.ts";

Deno.test("parseResources() reads the ports, the ephemeral ports and the CPUs", () => {
  const text = "ports:[31000-32000,33000-33999];ephemeral_ports:[32768-32999];cpus:4";
  assertEquals(parseResources(text), {
    ports: IntervalSet.of({ begin: 31_000, end: 32_000 }, { begin: 33_000, end: 33_999 }),
    ephemeralPorts: IntervalSet.of({ begin: 32_768, end: 32_999 }),
    cpus: 4,
  });
});

Deno.test("parseResources() leaves out what is not named", () => {
  const none = { ports: IntervalSet.of(), ephemeralPorts: IntervalSet.of() };
  assertEquals(parseResources("mem:512"), none);
  assertEquals(parseResources("ports:[];ephemeral_ports:[]"), none);
  assertEquals(parseResources("cpus:0.5"), { ...none, cpus: 0.5 });
});

Deno.test("parseResources() passes over other resources with well-formed values", () => {
  const text = "mem:512.5;disk:[1-9999999];zones:{a,b};gpus.new-kind:1;ports:[80]";
  assertEquals(parseResources(text).ports.toString(), "80");
});

Deno.test("parseResources() takes blanks around names, values and punctuation", () => {
  const { ports, cpus } = parseResources(" ports : [ 31000 - 32000 , 33000-33999 ] ; cpus : 4\n");
  assertEquals([`${ports}`, cpus], ["31000-32000,33000-33999", 4]);
});

Deno.test("parseResources() refuses malformed text, in one sentence", () => {
  const refused: [text: string, says: string][] = [
    ["", '"" is no resource'],
    ["ports", '"ports" is no resource'],
    ["ports:", "is no resource"],
    ["ports:[1-2", "is no resource"],
    ["ports:[1-2]]", "is no resource"],
    ["ports:[1-2];", '"" is no resource'],
    ["ports:[1-2] cpus:4", "is no resource"],
    [":4", "is no resource"],
    ["4:4", "is no resource"],
    ["mem:lots", "is no resource"],
    ["cpus:-1", "is no resource"],
    ["cpus:1 2", "is no resource"],
    ["cpus:4;cpus:5", '"cpus" is named twice'],
    ["mem:4;mem:5", '"mem" is named twice'],
    ["ports:80", '"ports" is 80'],
    ["ephemeral_ports:{80}", '"ephemeral_ports" is {80}'],
    ["cpus:[1-2]", '"cpus" is [1-2]'],
    [`cpus:${"9".repeat(400)}`, '"cpus" is 999'],
    ["ports:[5-4]", '"5-4" begins above its end'],
    ["ports:[70000]", "above 65535"],
    ["ports:[1-5,5-9]", "overlap"],
    ["ports:[1,,2]", "is empty"],
  ];
  for (const [text, says] of refused) {
    const error = assertThrows(() => parseResources(text), SyntaxError, says);
    assertEquals(/^["A-Z].*[^.\n]$/.test(error.message), true, error.message);
  }
});
