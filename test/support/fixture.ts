/**
 * Reads a recording of a real tool's output.
 *
 * @param path Path of the recording below `test/`; its first line names kernel, tools and command.
 * @returns What the tool printed.
 */
export async function fixture(path: string): Promise<string> {
  const text = await Deno.readTextFile(new URL(`../${path}`, import.meta.url));
  return text.slice(text.indexOf("\n") + 1);
}
