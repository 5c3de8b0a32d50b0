import { assertEquals } from "@std/assert";
import { FORGED_FRAMES, LAST_FRAME, LAST_FRAME_TO_HOST } from "../support/forged_frames.ts";
import { encodeHex } from "../support/hex.ts";
import { createIsolator, startIsolated } from "../support/isolated.ts";
import { capture, sendFrames } from "../support/raw_frames.ts";
import { onEachKernel } from "../support/worlds.ts";

onEachKernel(
  "a container with every capability sends nothing that is not its own, nor reaches the host's stack",
  async (world) => {
    const isolator = await createIsolator(world);
    const one = await startIsolated(world, isolator, "one", { ports: "31000-31007" });
    const two = await startIsolated(world, isolator, "two", { ports: "31008-31015" });
    await using onHost = await world.host.listenUdp(8081);
    await using inTwo = await two.listenUdp(31008);
    const received = async () =>
      Number(
        (await world.kernel.readFile("/proc/self/net/snmp")).split("\n")
          .filter((line) => line.startsWith("Ip:"))[1]?.split(" ")[3],
      );
    const before = await received();
    const wire = await capture(["nsenter", "--net=/run/netns/outside"], "wire");
    const lo = await capture([], "lo");
    await sendFrames(["nsenter", `--target=${one.pid}`, "--net"], "eth0", [
      ...FORGED_FRAMES.map(({ bytes }) => bytes),
      LAST_FRAME_TO_HOST,
      LAST_FRAME,
    ]);
    const seen = {
      wire: (await wire.until(LAST_FRAME)).map(encodeHex),
      lo: (await lo.until(LAST_FRAME_TO_HOST)).map(encodeHex),
    };
    for (const { name, bytes, reaches } of FORGED_FRAMES) {
      for (const link of ["wire", "lo"] as const) {
        const isSeen = seen[link].some((frame) => frame.startsWith(encodeHex(bytes)));
        assertEquals(isSeen, reaches === link, `${name} on ${link}`);
      }
    }
    const toHost = FORGED_FRAMES.filter(({ reaches }) => reaches === "lo").length + 1;
    const answered = (await onHost.peers()).map(({ port }) => port);
    assertEquals(answered, [31003, 31007]);
    // An answer to the echo request is everybody's, the host's too; and nobody listens at the ports
    // that the host's server answers, of which the container tells it.
    assertEquals(await received() - before, toHost + 1 + answered.length);
    assertEquals(await inTwo.peers(), []);
  },
  { only: "host" },
);
