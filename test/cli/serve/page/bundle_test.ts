import { assertEquals } from "@std/assert";

const ROOT = new URL("../../../../", import.meta.url);

Deno.test("the bundle that the agent serves is what the page's sources come to", async () => {
  const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const folder = await Deno.makeTempDir({ prefix: "berth-bundle-" });
  const [, ...words]: string[] = config.tasks.page.split(" ");
  const args = words.map((word) => word.replace("=src/cli/serve/page/bundle/", `=${folder}/`));
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  for (const name of ["page.js", "page.css"]) {
    const [served, fresh] = await Promise.all([
      Deno.readTextFile(new URL(`src/cli/serve/page/bundle/${name}`, ROOT)),
      Deno.readTextFile(`${folder}/${name}`),
    ]);
    assertEquals(
      served === fresh,
      true,
      `src/cli/serve/page/bundle/${name} is old; run deno task page`,
    );
  }
  await Deno.remove(folder, { recursive: true });
});
