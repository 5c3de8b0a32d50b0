/**
 * Fails where the bundle that the agent serves is not what the page's sources come to. It is no
 * test, since those run in a sandbox without a network, and a bundler is fetched when first it is
 * needed.
 *
 * @module
 */

import { assert } from "@std/assert";

const ROOT = new URL("../../../../", import.meta.url);

const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
const [, ...words]: string[] = config.tasks.page.split(" ");
const folder = await Deno.makeTempDir({ prefix: "berth-bundle-" });
try {
  const args = words.map((word) => word.replace("=src/cli/serve/page/bundle/", `=${folder}/`));
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  assert(code === 0, new TextDecoder().decode(stderr));
  for (const name of ["page.js", "page.css"]) {
    const served = await Deno.readTextFile(new URL(`src/cli/serve/page/bundle/${name}`, ROOT));
    const fresh = await Deno.readTextFile(`${folder}/${name}`);
    assert(served === fresh, `src/cli/serve/page/bundle/${name} is old; run "deno task page"`);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
