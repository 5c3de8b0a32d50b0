import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { HostKernel } from "../../src/kernel/host_kernel.ts";
import { isExists, isNotFound, KernelError } from "../../src/kernel/kernel_error.ts";

const kernel = new HostKernel();

Deno.test("HostKernel runs a tool and gives its status and text, whatever the status", async () => {
  const version = await kernel.execute({ tool: "ip", args: ["-V"], effect: "read" });
  assertEquals(version.status, 0);
  assertStringIncludes(version.stdout, "iproute2");
  const args = ["link", "show", "dev", "no such link"];
  const refused = await kernel.execute({ tool: "ip", args, effect: "read" });
  assertEquals(refused.status, 1);
  assertStringIncludes(refused.stderr, "no such link");
});

Deno.test("HostKernel hands words on as they are, whatever a shell would make of them", async () => {
  const word = "$(id);`id`|x&&y>z *";
  const args = ["link", "show", "dev", word];
  const { stderr } = await kernel.execute({ tool: "ip", args, effect: "read" });
  assertStringIncludes(stderr, word);
});

Deno.test("HostKernel ends a tool that takes too long, and says so", async () => {
  const impatient = new HostKernel({ timeoutMs: 200 });
  const waiting = { tool: "ip", args: ["monitor"], effect: "read" } as const;
  const error = await assertRejects(() => impatient.execute(waiting), KernelError);
  assertEquals(error.errno, "ETIMEDOUT");
  assertStringIncludes(error.message, "200 ms");
});

Deno.test("HostKernel reads /proc and files, and refuses with a reason", async () => {
  assertStringIncludes(await kernel.readFile("/proc/self/status"), "CapEff");
  for (const path of ["/proc/no-such", "/tmp/no-such-folder/file"]) {
    assert(isNotFound(await assertRejects(() => kernel.readFile(path))), path);
  }
  assert(isNotFound(await assertRejects(() => kernel.readLink("/proc/4194303/ns/net"))));
});

Deno.test("HostKernel makes, reads and removes symbolic links and folders", async () => {
  const folder = await Deno.makeTempDir();
  const link = `${folder}/a/link`;
  await kernel.makeDirectory(`${folder}/a`);
  await kernel.symlink("/nowhere", link);
  assert(isExists(await assertRejects(() => kernel.symlink("/elsewhere", link))));
  assertEquals(await kernel.readLink(link), "/nowhere");
  assertEquals(await kernel.readDirectory(`${folder}/a`), ["link"]);
  await kernel.unlink(link);
  assert(isNotFound(await assertRejects(() => kernel.unlink(link))));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("HostKernel reads many files of /proc at once as it reads each alone", async () => {
  const paths = ["/proc/self/net/snmp", "/proc/sys/kernel/ostype", "/proc/self/net/sockstat"];
  const missing = "/proc/4194303/net/snmp";
  const all = await Promise.allSettled([...paths, missing].map((path) => kernel.readFile(path)));
  const [snmp, ostype, sockstat, refused] = all;
  assert(snmp?.status === "fulfilled" && snmp.value.startsWith("Ip: Forwarding"));
  assertEquals(ostype, { status: "fulfilled", value: "Linux\n" });
  assert(sockstat?.status === "fulfilled" && sockstat.value.startsWith("sockets: used"));
  assert(refused?.status === "rejected" && isNotFound(refused.reason));
});

Deno.test("HostKernel reads many links of /proc at once, and tells the one that is missing", async () => {
  const own = await kernel.readLink("/proc/self/ns/net");
  const paths = ["/proc/self/ns/net", "/proc/4194303/ns/net", "/proc/self/ns/uts"];
  const [net, refused, uts] = await Promise.allSettled(paths.map((path) => kernel.readLink(path)));
  assertEquals(net, { status: "fulfilled", value: own });
  assert(refused?.status === "rejected" && isNotFound(refused.reason));
  assert(uts?.status === "fulfilled" && uts.value.startsWith("uts:["));
});
