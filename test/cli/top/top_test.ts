import { assertEquals, assertMatch } from "@std/assert";
import { berth } from "../../support/berth.ts";

const LAYOUT = new URL("../sim/layout.sh", import.meta.url).pathname;

/** Sets a host up and leaves it as it is, before the script lists it and takes it down. */
const SET_UP = `sed '/^for namespace/,$d' ${LAYOUT} | sh`;

Deno.test("berth top shows the containers of a host that berth sim keeps", async () => {
  const state = await Deno.makeTempDir({ prefix: "berth-top-" });
  try {
    const made = await berth("sim", "exec", `--state=${state}`, "--", "sh", "-c", SET_UP);
    assertEquals(made.status, 0, made.stderr);
    const { status, stdout, stderr } = await berth("top", `--state=${state}`, "--interval=0.1");
    assertEquals([status, stderr], [0, ""]);
    assertMatch(stdout, /^ID +STATUS +PORTS +RX\/s/);
  } finally {
    await Deno.remove(state, { recursive: true });
  }
});

Deno.test("berth top says plainly that a folder keeps no host", async () => {
  const { status, stderr } = await berth("top", "--state=/etc/hostname", "--interval=0.1");
  assertEquals(status === 0, false);
  assertEquals(stderr.trim().split("\n").length, 1, stderr);
});
