import { assert, assertEquals } from "@std/assert";
import { type Errno, errnoFromException, errnoFromStderr } from "../../src/kernel/errno.ts";
import { parseTranscript } from "../support/transcript.ts";
import { readTranscript, transcriptNames } from "../support/transcript_files.ts";

/** What the recorded tools wrote to standard error, each text once. */
async function recordedTexts(): Promise<string[]> {
  const texts = new Set<string>();
  for (const name of await transcriptNames()) {
    for (const step of parseTranscript(await readTranscript(name))) {
      if (step.kind === "command") texts.add(step.run.stderr);
    }
  }
  return [...texts];
}

/** Texts of real refusals, with the number that the kernel itself gave for each. */
const REFUSALS: Readonly<Record<string, Errno>> = {
  "Error: NLM_F_REPLACE needed to override.": "EEXIST",
  "Error: An interface with the same name exists in the target netns.": "EEXIST",
  "Error: Filter already exists.": "EEXIST",
  "Error: ipv4: Address already assigned.": "EEXIST",
  "Error: Cannot delete qdisc with handle of zero.": "ENOENT",
  "Error: Specified class not found.": "ENOENT",
  "Error: Specified class doesn't exist.": "ENOENT",
  "Error: Qdisc not found. To create specify NLM_F_CREATE flag.": "ENOENT",
  "Error: Neighbour entry not found.": "ENOENT",
  "Error: ipv4: Address not found.": "ENOENT",
  "Error: HTB class in use.": "EBUSY",
  "Error: cls_u32: Can not delete in-use filter.": "EBUSY",
  "Error: Specified qdisc kind is unknown.": "ENOTSUP",
};

Deno.test("errnoFromStderr() names the reason of refusals that real kernels gave", async () => {
  const recorded = (await recordedTexts()).join("");
  for (const [text, errno] of Object.entries(REFUSALS)) {
    assertEquals(errnoFromStderr(text), errno, text);
    assert(recorded.includes(text), `no transcript holds ${text}`);
  }
});

Deno.test("errnoFromStderr() takes no wrong word of the caller's for an object's absence", async () => {
  // Where the text names a missing device first, a device is missing, whatever else is said of it.
  const texts = (await recordedTexts())
    .filter((text) => /is wrong|Illegal|garbage/.test(text) && !text.startsWith("Cannot find"));
  assert(texts.length > 20);
  for (const text of texts) {
    assert(!["ENOENT", "ENODEV", "ESRCH"].includes(errnoFromStderr(text)), text);
  }
});

Deno.test("errnoFromStderr() knows no reason behind silence", () => {
  assertEquals(errnoFromStderr(""), "UNKNOWN");
  assertEquals(errnoFromStderr("\n"), "UNKNOWN");
});

async function refusalOf(operation: () => Promise<unknown>): Promise<Errno> {
  try {
    await operation();
  } catch (error) {
    return errnoFromException(error);
  }
  throw new Error("nothing was refused");
}

Deno.test("errnoFromException() names the reason of refused file operations", async () => {
  const folder = await Deno.makeTempDir();
  assertEquals(await refusalOf(() => Deno.readTextFile(`${folder}/none`)), "ENOENT");
  assertEquals(await refusalOf(() => Deno.mkdir(folder)), "EEXIST");
  assertEquals(await refusalOf(() => Deno.readLink(folder)), "EINVAL");
  await Deno.remove(folder);
});

Deno.test("errnoFromException() reads a code, and knows nothing of what carries none", () => {
  const coded = (code: string) => Object.assign(new Error("refused"), { code });
  assertEquals(errnoFromException(coded("EBUSY")), "EBUSY");
  assertEquals(errnoFromException(coded("ENOTDIR")), "UNKNOWN");
  assertEquals(errnoFromException(new Deno.errors.NotCapable("asked for")), "EACCES");
  assertEquals(errnoFromException(new Error("No such file")), "UNKNOWN");
  assertEquals(errnoFromException("ENOENT"), "UNKNOWN");
});
