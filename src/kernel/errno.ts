/**
 * One table from what the tools say to what went wrong.
 *
 * @module
 */

/** The reasons that callers tell apart, by their Linux names. */
export type Errno =
  | "EACCES"
  | "EBUSY"
  | "EEXIST"
  | "EINVAL"
  | "ENODEV"
  | "ENOENT"
  | "ENOMEM"
  | "ENOSPC"
  | "ENOTSUP"
  | "EPERM"
  | "ESRCH"
  | "ETIMEDOUT"
  | "UNKNOWN";

/**
 * Text that a tool or the kernel prints, and the reason it stands for; the first match counts.
 *
 * The kernel answers ENOENT for a qdisc, classifier or action that it was built without. Callers
 * must not take that for "already gone", so those texts are ENOTSUP here.
 */
const STDERR_TABLE: readonly (readonly [RegExp, Errno])[] = [
  [/qdisc kind is unknown|TC classifier not found|Failed to load TC action module/, "ENOTSUP"],
  [/Unknown device type|Operation not supported|not supported/i, "ENOTSUP"],
  [/Cannot find device|No such device|does not exist/, "ENODEV"],
  [/Exclusivity flag on|[Ff]ile exists|already exists|address already assigned/i, "EEXIST"],
  [/NLM_F_REPLACE needed to override|same name exists/, "EEXIST"],
  [/No space left on device/, "ENOSPC"],
  [/Cannot allocate memory|Out of memory/i, "ENOMEM"],
  [/Operation not permitted/, "EPERM"],
  [/Permission denied/, "EACCES"],
  [/resource busy|in[ -]use/, "EBUSY"],
  [/No such process/, "ESRCH"],
  [/Cannot find specified|handle not found|priority\/protocol not found/, "ENOENT"],
  [/Parent Qdisc doesn't exists|Failed to find|Cannot find/, "ENOENT"],
  [/Specified class (not found|doesn't exist)|Cannot delete qdisc with handle of zero/, "ENOENT"],
  [/Address not found|Neighbour entry not found|Qdisc not found/, "ENOENT"],
  [/No such file or directory|cannot stat/, "ENOENT"],
  [/Cannot assign requested address/, "ENOENT"],
  [/Invalid argument|[Ii]nvalid|is neither|wrong|[Ii]llegal|Only 32 actions/, "EINVAL"],
];

/**
 * Names the reason behind a tool's error text.
 *
 * @param stderr What the tool wrote to standard error.
 * @returns The reason, or `"UNKNOWN"` for text that the table does not hold.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(errnoFromStderr('Cannot find device "veth9"\n'), "ENODEV");
 * ```
 */
export function errnoFromStderr(stderr: string): Errno {
  for (const [pattern, errno] of STDERR_TABLE) {
    if (pattern.test(stderr)) return errno;
  }
  return "UNKNOWN";
}

/** Linux errno numbers on x86 and ARM, of those that a file operation can give. */
const ERRNO_OF_CODE: Readonly<Record<string, Errno>> = {
  EACCES: "EACCES",
  EBUSY: "EBUSY",
  EEXIST: "EEXIST",
  EINVAL: "EINVAL",
  ENOENT: "ENOENT",
  ENOMEM: "ENOMEM",
  ENOSPC: "ENOSPC",
  EPERM: "EPERM",
  ESRCH: "ESRCH",
};

/**
 * Names the reason behind an exception of a file operation.
 *
 * @param error What was thrown.
 * @returns The reason, or `"UNKNOWN"` where the exception carries none.
 */
export function errnoFromException(error: unknown): Errno {
  if (error instanceof Deno.errors.NotFound) return "ENOENT";
  if (error instanceof Deno.errors.AlreadyExists) return "EEXIST";
  if (error instanceof Deno.errors.NotCapable) return "EACCES";
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return ERRNO_OF_CODE[code] ?? "UNKNOWN";
}
