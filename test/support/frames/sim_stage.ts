import { assert } from "@std/assert";
import { formatSnmp } from "../../../sim/files/snmp_file.ts";
import { invariant } from "../../../sim/model/invariant.ts";
import { Simulation } from "../../../sim/simulation.ts";
import { SimKernel } from "../../../sim/sim_kernel.ts";
import {
  FAR_NAMESPACES,
  type FrameStage,
  HOST_NAMESPACE,
  runLine,
  STAGE_SETUP,
} from "./frame_stage.ts";
import { SimPort } from "./sim_port.ts";

/** Makes a stage on a simulated kernel. */
export async function createSimStage(): Promise<FrameStage> {
  const simulation = new Simulation();
  const machine = simulation.addMachine({ name: "machine" });
  const kernel = new SimKernel(machine);
  for (const line of STAGE_SETUP) await runLine(kernel, line);
  const namespaceOf = (name: string) => {
    const node = machine.files.find(`/run/netns/${name}`);
    assert(node?.kind === "file" && node.namespaceInode !== undefined);
    const namespace = machine.namespaceByInode(node.namespaceInode);
    invariant(namespace !== undefined, "a handle holds its namespace");
    return namespace;
  };
  const [left, right] = FAR_NAMESPACES.map((name) => {
    const link = namespaceOf(name).linkByName("wire");
    assert(link !== undefined);
    return new SimPort(simulation, link);
  });
  assert(left !== undefined && right !== undefined);
  const host = namespaceOf(HOST_NAMESPACE);
  return {
    kind: "sim",
    kernel,
    left,
    right,
    readSnmp: () => Promise.resolve(formatSnmp(host)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
