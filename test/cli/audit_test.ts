import { assert, assertEquals, assertMatch } from "@std/assert";
import { berth } from "../support/berth.ts";
import { hostDump } from "../support/host_dump.ts";
import { createIsolator, startIsolated } from "../support/isolated.ts";
import { output } from "../../src/cli/demo/sandbox.ts";
import { onEachKernel } from "../support/worlds.ts";

onEachKernel(
  "berth audit, repair and gc say what they find, in words and as JSON",
  async (world) => {
    const isolator = await createIsolator(world);
    const web = await startIsolated(world, isolator, "web", { ports: "31000" });
    const old = await startIsolated(world, isolator, "old", { ports: "31001" });
    assertEquals(await berth("audit"), {
      status: 0,
      stdout: "All is as it should be\n",
      stderr: "",
    });
    await old.kill();
    await output(["ip", "link", "set", `mesos${web.pid}`, "mtu", "1400"]);
    const audit = await berth("audit");
    assertEquals(audit.status, 1);
    assertMatch(audit.stdout, /^mesos\d+ of web has the MTU 1400 instead of 1500$/m);
    assertMatch(audit.stdout, /^The link mesos\d+ is left over from old: process \d+ is gone/m);
    assertMatch(audit.stderr, /^berth: \d+ found; "berth repair" mends \d+[^\n]*\n$/);
    const asJson = JSON.parse((await berth("audit", "--json")).stdout);
    assertEquals(asJson.find(({ kind }: { kind: string }) => kind === "link"), {
      kind: "link",
      object: `mesos${web.pid}`,
      container: "web",
      says: `mesos${web.pid} of web has the MTU 1400 instead of 1500`,
      mendable: true,
      left_over: false,
    });
    const before = await hostDump();
    const dry = await berth("gc", "--dry-run");
    assertEquals(dry.status, 0);
    assertMatch(
      dry.stdout,
      /^# The link mesos\d+ is left over[^\n]*\nip link delete dev mesos\d+$/m,
    );
    assert(!dry.stdout.includes(`mesos${web.pid} `), "gc leaves alone what runs");
    assertEquals(await hostDump(), before);
    const gc = await berth("gc");
    assertEquals([gc.status, gc.stderr], [0, ""]);
    assertMatch(gc.stdout, /^removed: The link mesos\d+ is left over from old/m);
    const repaired = await berth("repair", "--json");
    assertEquals(repaired.status, 0);
    assertEquals(JSON.parse(repaired.stdout).mended.length, 1);
    assertEquals((await berth("repair")).stdout, "Nothing to do\n");
    assertEquals((await berth("audit")).status, 0);
  },
  { only: "host" },
);
