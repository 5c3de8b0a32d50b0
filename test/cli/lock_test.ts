import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ExitWith } from "../../src/cli/exit.ts";
import { lockAgent, lockHost } from "../../src/cli/lock.ts";

Deno.test("whoever waits too long for the host learns who holds it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-lock-" });
  using _held = await lockHost({ folder });
  const error = await assertRejects(() => lockHost({ folder, limitMs: 40 }), ExitWith);
  assertEquals(error.status, 1);
  assertStringIncludes(error.message, `Process ${Deno.pid} (berth`);
  assertStringIncludes(error.message, "try again");
});

Deno.test("the next one gets the host as soon as it is let go of", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-lock-" });
  const held = await lockHost({ folder });
  const order: string[] = [];
  const next = lockHost({ folder, limitMs: 10_000 }).then((lock) => {
    order.push("taken");
    return lock;
  });
  await new Promise((resolve) => setTimeout(resolve, 60));
  order.push("let go");
  held[Symbol.dispose]();
  using _lock = await next;
  assertEquals(order, ["let go", "taken"]);
});

Deno.test("a host has one agent, and the second learns which", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-lock-" });
  using _only = await lockAgent({ folder });
  const error = await assertRejects(() => lockAgent({ folder }), ExitWith);
  assertStringIncludes(error.message, `Process ${Deno.pid} (berth`);
});
