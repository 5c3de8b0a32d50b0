import { assert, assertEquals, assertRejects } from "@std/assert";
import { crashAfter, SimulatedCrash } from "../../sim/fault/fault.ts";
import { FaultyKernel } from "../../sim/fault/faulty_kernel.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { DEFAULT_OPTIONS, type IsolatorOptions } from "../../src/isolator/options.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { createSimHost, dumpSimHost, type SimHost } from "../support/sim_host.ts";

const OPTIONS: IsolatorOptions = {
  ...DEFAULT_OPTIONS,
  ports: parsePorts("31000-32000"),
  ephemeralPorts: parsePorts("61440-65535"),
  egress: { minimumRateLimit: 1000, rateLimitPerContainer: 1_000_000 },
  ingress: { minimumRateLimit: 1000, rateLimitPerContainer: 2_000_000 },
  egressUniqueFlowPerContainer: true,
};

const VICTIM_PID = 5000;

/** A host with two containers, and a process that waits to become a third. */
async function stage(): Promise<SimHost> {
  const host = await createSimHost();
  const isolator = await Isolator.create(OPTIONS, host.kernel);
  for (const [i, id] of ["one", "two"].entries()) {
    const { pid } = host.machine.startProcess({ namespace: "new" });
    await isolator.prepare(id, { ports: parsePorts(`${31000 + 8 * i}-${31007 + 8 * i}`) });
    await isolator.isolate(id, pid);
  }
  host.machine.startProcess({ namespace: "new", pid: VICTIM_PID });
  return host;
}

/** An operation that may be cut short, and what must come before it. */
interface Operation {
  readonly name: string;
  readonly before: (isolator: Isolator) => Promise<void>;
  readonly run: (isolator: Isolator) => Promise<unknown>;
  /** Whether the operation is begun again after recovery, or its container must be gone. */
  readonly afterwards: "again" | "gone";
}

async function isolateVictim(isolator: Isolator): Promise<void> {
  await isolator.prepare("victim", { ports: parsePorts("31016-31023") });
  await isolator.isolate("victim", VICTIM_PID);
}

const OPERATIONS: readonly Operation[] = [
  {
    name: "isolate",
    before: () => Promise.resolve(),
    run: isolateVictim,
    afterwards: "gone",
  },
  {
    name: "update to more ports",
    before: isolateVictim,
    run: (isolator) => isolator.update("victim", { ports: parsePorts("31016-31023,31900-31903") }),
    afterwards: "again",
  },
  {
    name: "update to fewer ports",
    before: isolateVictim,
    run: (isolator) => isolator.update("victim", { ports: parsePorts("31018-31019") }),
    afterwards: "again",
  },
  {
    name: "cleanup",
    before: isolateVictim,
    run: (isolator) => isolator.cleanup("victim"),
    afterwards: "again",
  },
];

for (const { name, before, run, afterwards } of OPERATIONS) {
  Deno.test(`a crash at any of the steps of ${name} is recovered from, and no neighbour changes`, async () => {
    const clean = await stage();
    const isolator = await Isolator.create(OPTIONS, clean.kernel);
    await isolator.adopt();
    await before(isolator);
    const untouched = await dumpSimHost(clean);
    const counting = new FaultyKernel(clean.kernel);
    const counted = await Isolator.create(OPTIONS, counting);
    await counted.adopt();
    await run(counted);
    const steps = counting.steps.filter(({ effect }) => effect === "change").length;
    const done = await dumpSimHost(clean);
    assert(steps > 5, `${name} has only ${steps} steps`);

    for (let point = 0; point < steps; point++) {
      const host = await stage();
      const first = await Isolator.create(OPTIONS, host.kernel);
      await first.adopt();
      await before(first);
      const doomed = await Isolator.create(
        OPTIONS,
        new FaultyKernel(host.kernel, [crashAfter(point)]),
      );
      await doomed.adopt();
      await assertRejects(() => run(doomed), SimulatedCrash);

      const recovered = await Isolator.create(OPTIONS, host.kernel);
      const report = await recovered.recover();
      assertEquals(report.problems, [], `after step ${point}`);
      if (afterwards === "gone") {
        const victim = recovered.containers.find(({ id }) => id === "victim");
        const expected = victim === undefined ? untouched : done;
        assertEquals(await dumpSimHost(host), expected, `after step ${point}`);
      } else {
        await run(recovered);
        assertEquals(await dumpSimHost(host), done, `after step ${point}`);
      }
    }
  });
}
