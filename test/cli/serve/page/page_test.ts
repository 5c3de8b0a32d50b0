import { assertEquals, assertMatch } from "@std/assert";
import { startBrowser, type Tab, whyNoBrowser } from "../../../support/browser.ts";
import { type PageWorld, startPageWorld } from "../../../support/page_world.ts";

const why = whyNoBrowser();

/** Folder for screenshots to look at; none are taken where it is not given. */
const SHOTS = Deno.env.get("BERTH_SCREENSHOTS");

const DOWN = { key: "ArrowDown", windowsVirtualKeyCode: 40 };
const RIGHT = { key: "ArrowRight", windowsVirtualKeyCode: 39 };

/** Declares a case that needs a browser; its title says why it skips. */
function inBrowser(title: string, run: (tab: Tab) => Promise<void>): void {
  const name = why === undefined ? title : `${title} (skipped: ${why})`;
  Deno.test({
    name,
    ignore: why !== undefined,
    fn: async () => {
      await using tab = await startBrowser();
      await run(tab);
      assertEquals(tab.faults.filter((fault) => !fault.includes("ERR_CONNECTION_REFUSED")), []);
    },
  });
}

const text = (selector: string) => `document.querySelector("${selector}").textContent`;
const rows = `document.querySelectorAll("#table tbody tr").length`;
const chosenId = `document.querySelector("#table tr[aria-selected=true]").dataset.id`;

/** The colour of a pixel of the map, and that of its ink, as three numbers in a text. */
const pixel = ([x, y]: readonly number[]) =>
  `document.querySelector("#ports").getContext("2d").getImageData(${x}, ${y}, 1, 1)
    .data.slice(0, 3).join(", ")`;
const inkOfMap = `getComputedStyle(document.querySelector("#ports")).color.slice(4, -1)`;

async function openPage(tab: Tab, { url, makeTraffic }: PageWorld, count: number) {
  await tab.open(url);
  await tab.until(`document.readyState === "complete" && ${rows} === ${count}`);
  for (let look = 0; look < 3; look++) {
    makeTraffic();
    const before = await tab.evaluate(text("#table tbody"));
    await tab.until(`${text("#table tbody")} !== ${JSON.stringify(before)}`);
  }
}

async function shoot(tab: Tab, count: number): Promise<void> {
  if (SHOTS === undefined) return;
  for (const scheme of ["dark", "light"] as const) {
    await tab.prefer(scheme);
    await tab.until(`document.documentElement.dataset.theme === "${scheme}"`);
    await tab.screenshot(`${SHOTS}/${count}-${scheme}.png`);
  }
}

for (const count of [3, 1000]) {
  inBrowser(`the page shows ${count} containers, and is operated by keys`, async (tab) => {
    await using world = await startPageWorld(count);
    await openPage(tab, world, count);
    assertMatch(String(await tab.evaluate(text("#summary"))), /^(3|1,000) containers at .* send/);

    await tab.evaluate(`document.querySelector("#table tr[tabindex='0']").focus()`);
    assertEquals(await tab.evaluate(chosenId), "task-0");
    await tab.press(DOWN);
    assertEquals(await tab.evaluate(chosenId), "task-1");
    await tab.until(`${text("#facts")}.includes("task-1")`);
    assertEquals(await tab.evaluate(`document.activeElement.dataset.id`), "task-1");

    await tab.evaluate(`document.querySelector("#ports").focus()`);
    await tab.press(RIGHT);
    const first = count === 3 ? "task-0, ephemeral 1024-2047" : "task-0, ephemeral 1024-1039";
    assertEquals(await tab.evaluate(text("#port-owner")), `Port 1024: ${first}`);
    await tab.press(DOWN);
    const below = count === 3 ? "task-0, ephemeral 1024-2047" : "task-16, ephemeral 1280-1295";
    assertEquals(await tab.evaluate(text("#port-owner")), `Port 1280: ${below}`);
    const painted = `document.querySelector("#ports").getContext("2d")
      .getImageData(0, 0, 512, 512).data.filter((_, i) => i % 4 === 3).some((a) => a > 0)`;
    assertEquals(await tab.evaluate(painted), true);
    assertEquals(await tab.evaluate(`document.querySelectorAll("figure canvas").length`), 4);
    const tooWide = `document.documentElement.scrollWidth > document.documentElement.clientWidth`;
    assertEquals(await tab.evaluate(tooWide), false);
    const framed = count === 3 ? [100, 15] : [40, 7];
    assertEquals(await tab.evaluate(pixel(framed)), await tab.evaluate(inkOfMap));
    await shoot(tab, count);

    await tab.evaluate(`{
      const filter = document.querySelector("#filter");
      filter.value = "20009";
      filter.dispatchEvent(new Event("input"));
    }`);
    assertEquals(await tab.evaluate(rows), 1);
    assertEquals(await tab.evaluate(text("#count")), `1 of ${count} containers`);
  });
}

inBrowser("the page says plainly that the agent is gone", async (tab) => {
  {
    await using world = await startPageWorld(1);
    await openPage(tab, world, 1);
    assertEquals(await tab.evaluate(`document.querySelector("#trouble").hidden`), true);
  }
  await tab.until(`!document.querySelector("#trouble").hidden`);
  assertMatch(String(await tab.evaluate(text("#trouble"))), /^The agent does not answer/);
});
