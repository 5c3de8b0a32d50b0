import { assert } from "@std/assert";
import { output, outsideSandbox } from "../../../src/cli/demo/sandbox.ts";
import { HostKernel } from "../../../src/kernel/host_kernel.ts";
import {
  FAR_NAMESPACES,
  type FrameStage,
  HOST_NAMESPACE,
  runLine,
  STAGE_SETUP,
} from "./frame_stage.ts";
import { RawPort } from "./raw_port.ts";

/**
 * Makes a stage on the real kernel.
 *
 * @throws {AssertionError} Outside a sandbox.
 */
export async function createHostStage(): Promise<FrameStage> {
  const reason = await outsideSandbox();
  assert(reason === undefined, `a stage needs a sandbox: ${reason}`);
  const kernel = new HostKernel();
  for (const line of STAGE_SETUP) await runLine(kernel, line);
  const [left, right] = await Promise.all(
    FAR_NAMESPACES.map((name) => RawPort.open(name, "wire")),
  );
  assert(left !== undefined && right !== undefined);
  return {
    kind: "host",
    kernel,
    left,
    right,
    readSnmp: async () => {
      const words = ["ip", "netns", "exec", HOST_NAMESPACE, "/usr/bin/cat", "/proc/net/snmp"];
      return (await output(words)).stdout;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([left, right].map((port) => port[Symbol.asyncDispose]()));
      for (const name of [HOST_NAMESPACE, ...FAR_NAMESPACES]) {
        await output(["ip", "netns", "del", name]);
      }
    },
  };
}
