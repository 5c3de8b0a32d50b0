import type { Mutant } from "../support/plant.ts";

const TEST = ["test", "--quiet", "--no-prompt", "--no-check", "--allow-read", "--allow-env"];
const RUN = ["run", "--quiet", "--no-prompt", "--no-check", "--allow-run", "--allow-read"];

/** The checks: arguments for `deno`, at the top of the tree. All pass when no bug is planted. */
export const CHECKS = {
  /** Answers that real kernels gave to recorded commands. */
  transcripts: [...TEST, "test/sim/transcripts_test.ts", "test/conform/conform_test.ts"],
  /** The same random frames on this machine's kernel. */
  frames: [
    ...[...RUN, "--allow-write", "--allow-env", "test/conform/conform.ts"],
    ...["--commands", "0", "--frames", "6000", "--seed", "100", "--divergences", "1"],
    "--as-found",
  ],
  /** What single frames come to, which the suites saw on real kernels too. */
  paths: [...TEST, "test/sim/datapath_test.ts", "test/suites/ipv4_input_test.ts"],
  /** Numbers that real queues counted. */
  queues: [...TEST, "test/sim/qdisc"],
} as const;

/** Name of a check. */
export type CheckName = keyof typeof CHECKS;

/** The bugs. */
export const MUTANTS: readonly Mutant<CheckName>[] = [
  {
    name: "filters of a higher priority number come first",
    file: "sim/model/filter_block.ts",
    from: "other.priority >= classifier.priority",
    to: "other.priority <= classifier.priority",
    checks: ["transcripts", "frames"],
  },
  {
    name: "a hash key is not shifted by its mask",
    file: "sim/path/u32_classify.ts",
    from: "return masked >>> shift;",
    to: "return masked >>> 0 * shift;",
    checks: ["frames"],
  },
  {
    name: "a filter without action and class ends the search",
    file: "sim/path/u32_classify.ts",
    from: "if (!node.spec.isTerminal) return NO_MATCH;",
    to: "",
    checks: ["frames", "paths"],
  },
  {
    name: "node handles begin at 801",
    file: "sim/model/u32_table.ts",
    from: "[[0x800, 0xfff], [1, 0x7ff]]",
    to: "[[0x801, 0xfff], [1, 0x7ff]]",
    checks: ["transcripts"],
  },
  {
    name: "a filter takes 33 actions",
    file: "sim/model/actions.ts",
    from: "const ACTIONS_MAX = 32;",
    to: "const ACTIONS_MAX = 33;",
    checks: ["transcripts"],
  },
  {
    name: "rp_filter of the link alone counts",
    file: "sim/path/input_route.ts",
    from: 'sysctls.largerOfAllAndLink("rp_filter", link.name)',
    to: 'link.inetConf("rp_filter")',
    checks: ["paths"],
  },
  {
    name: "a class of htb starts with half its burst",
    file: "sim/qdisc/htb_bucket.ts",
    from: "    this.tokensNs = this.#sizeNs;\n  }\n\n  /** Tokens",
    to: "    this.tokensNs = this.#sizeNs / 2;\n  }\n\n  /** Tokens",
    checks: ["queues"],
  },
  {
    name: "a packet that may be marked is dropped",
    file: "sim/qdisc/ecn.ts",
    from: "if (ecn === ECN.notCapable) return false;",
    to: "return false;",
    checks: ["queues"],
  },
  {
    name: "a mirrored packet counts twice",
    file: "sim/path/classify.ts",
    from: "    counters.packets += 1;\n    counters.bytes += lengthBytes;\n    const nowNs",
    to: "    counters.packets += 2;\n    counters.bytes += lengthBytes;\n    const nowNs",
    checks: ["frames", "paths"],
  },
  {
    name: "lines of a batch count from 0",
    file: "sim/tools/batch_reader.ts",
    from: "yield { line: number, words }",
    to: "yield { line: number - 1, words }",
    checks: ["transcripts"],
  },
];
