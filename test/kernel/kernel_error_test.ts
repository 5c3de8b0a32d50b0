import { assertEquals } from "@std/assert";
import { errnoFromStderr } from "../../src/kernel/errno.ts";
import {
  isExists,
  isNotFound,
  isNotPermitted,
  isUnsupported,
  KernelError,
} from "../../src/kernel/kernel_error.ts";

/** What real tools print, and the reason behind it. */
const TEXTS = {
  'Cannot find device "veth9"': "ENODEV",
  'Cannot open network namespace "x": No such file or directory': "ENOENT",
  "RTNETLINK answers: File exists": "EEXIST",
  "Error: Exclusivity flag on, cannot modify.": "EEXIST",
  "RTNETLINK answers: No space left on device": "ENOSPC",
  "Error: Specified filter handle not found.": "ENOENT",
  "Error: Cannot find specified qdisc on specified device.": "ENOENT",
  "Error: Filter with specified priority/protocol not found.": "ENOENT",
  "Error: Specified qdisc kind is unknown.": "ENOTSUP",
  "Error: TC classifier not found.": "ENOTSUP",
  "Error: Failed to load TC action module.": "ENOTSUP",
  "RTNETLINK answers: Operation not permitted": "EPERM",
  "Error: Only 32 actions supported per filter.": "EINVAL",
  "RTNETLINK answers: No such process": "ESRCH",
  'Cannot create namespace file "/run/netns/7": File exists': "EEXIST",
  "something new": "UNKNOWN",
} as const;

Deno.test("errnoFromStderr() names the reason behind what the tools print", () => {
  for (const [text, errno] of Object.entries(TEXTS)) {
    assertEquals(errnoFromStderr(text), errno, text);
  }
});

Deno.test("KernelError says what was refused, where, why and what to do", () => {
  const error = new KernelError({
    command: ["tc", "-n", "7", "qdisc", "show"],
    namespace: "7",
    stderr: "\nRTNETLINK answers: Operation not permitted\nmore\n",
    hint: "run as root",
  });
  assertEquals(
    error.message,
    '"tc -n 7 qdisc show" in namespace 7 was refused: ' +
      "RTNETLINK answers: Operation not permitted; run as root",
  );
});

Deno.test("predicates tell the kernel's reasons apart, and other errors from all of them", () => {
  const predicates = [isNotFound, isExists, isUnsupported, isNotPermitted];
  const answers = (error: unknown) => predicates.map((is) => is(error));
  const refusal = (errno: KernelError["errno"]) => new KernelError({ command: ["x"], errno });
  assertEquals(answers(refusal("ENODEV")), [true, false, false, false]);
  assertEquals(answers(refusal("EEXIST")), [false, true, false, false]);
  assertEquals(answers(refusal("ENOTSUP")), [false, false, true, false]);
  assertEquals(answers(refusal("EPERM")), [false, false, false, true]);
  assertEquals(answers(new Error("No such file")), [false, false, false, false]);
});
