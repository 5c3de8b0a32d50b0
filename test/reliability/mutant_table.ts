import type { Mutant } from "../support/plant.ts";

const PERMISSIONS = ["--allow-run", "--allow-read", "--allow-write", "--allow-env"];
const RUN = ["run", "--quiet", "--no-prompt", "--no-check", ...PERMISSIONS];
const TEST = ["test", "--quiet", "--no-prompt", "--no-check", ...PERMISSIONS];

/** The checks: arguments for `deno`, at the top of the tree. All pass when no bug is planted. */
export const CHECKS = {
  /** A process that dies while it takes a container away. */
  crash: [
    ...[...RUN, "test/reliability/crash/crash.ts", "--setting", "1"],
    ...["--only", "cleanup by"],
  ],
  /** Commands of an isolate that fail. */
  "faults of isolate": [
    ...[...RUN, "test/reliability/fault/faults.ts", "--setting", "1"],
    ...["--only", "prepare and isolate", "--every", "61"],
  ],
  /** Commands of an update that fail. */
  "faults of update": [
    ...[...RUN, "test/reliability/fault/faults.ts", "--setting", "1"],
    ...["--only", "update to fewer ports by", "--every", "11"],
  ],
  /** Random lives. */
  lives: [...RUN, "test/reliability/lives/lives.ts", "--seed", "100", "--steps", "400"],
  /** The lock of a host. */
  lock: [...TEST, "test/cli/lock_test.ts"],
} as const;

/** The bugs. */
export const MUTANTS: readonly Mutant<keyof typeof CHECKS>[] = [
  {
    name: "an update that failed half way counts as done, and leaks its filters",
    file: "src/isolator/update.ts",
    from: "registry.replace(unsure);",
    to: "registry.replace(after); void unsure;",
    checks: ["faults of update"],
  },
  {
    name: "a container's symbolic link goes before the handle to which it leads",
    file: "src/isolator/named_plan.ts",
    from: "    step(deleteNamespace(String(container.pid))),\n" +
      '    { kind: "unlink", path: symlinkPath(container.id) },\n',
    to: '    { kind: "unlink", path: symlinkPath(container.id) },\n' +
      "    step(deleteNamespace(String(container.pid))),\n",
    checks: ["crash"],
  },
  {
    name: "an isolate that failed keeps its flow",
    file: "src/isolator/isolate.ts",
    from: "context.registry.releaseFlow(container.flow);",
    to: "",
    checks: ["faults of isolate"],
  },
  {
    name: "nobody waits for the lock",
    file: "src/cli/lock.ts",
    from: "for (let waitedMs = 0; !(await file.tryLock(true)); waitedMs",
    to: "for (let waitedMs = 0; (await file.tryLock(true)) && false; waitedMs",
    checks: ["lock"],
  },
  {
    name: "packets from the wire are told by their source ports",
    file: "src/isolator/hashed_layout.ts",
    from: 'family: BY_PORT, side: "dport" }',
    to: 'family: BY_PORT, side: "sport" }',
    checks: ["lives"],
  },
];
