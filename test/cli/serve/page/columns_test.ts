import { assertEquals } from "@std/assert";
import { matchingRows, sortedRows } from "../../../../src/cli/serve/page/columns.ts";
import type { Row } from "../../../../src/cli/serve/page/view.ts";

function row(id: string, ports: string, rxRate?: number): Row {
  return { id, pid: 100, status: "running", ports, rxRate, txRate: undefined, dropped: undefined };
}

const ROWS = [row("a10", "31010-31015", 5), row("a9", "31000"), row("a1", "", 7)];

function ids(rows: readonly Row[]): string[] {
  return rows.map(({ id }) => id);
}

Deno.test("sortedRows() sorts ids by the numbers in them", () => {
  const order = { title: "Container", isDescending: false };
  assertEquals(ids(sortedRows(ROWS, order)), ["a1", "a9", "a10"]);
});

Deno.test("sortedRows() puts what cannot be told last, whichever way it sorts", () => {
  const sorted = (isDescending: boolean) =>
    ids(sortedRows(ROWS, { title: "Receives", isDescending }));
  assertEquals([sorted(true), sorted(false)], [["a1", "a10", "a9"], ["a10", "a1", "a9"]]);
});

Deno.test("matchingRows() finds by part of an id, by a port within a range, and all by nothing", () => {
  const found = ["A1", "31012", "31000", "", "nobody"].map((text) => ids(matchingRows(ROWS, text)));
  assertEquals(found, [["a10", "a1"], ["a10"], ["a9"], ["a10", "a9", "a1"], []]);
});
