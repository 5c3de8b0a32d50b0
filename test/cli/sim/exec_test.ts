import { assertEquals, assertMatch } from "@std/assert";
import { output, outsideSandbox } from "../../../src/cli/demo/sandbox.ts";
import { berth, type BerthResult, berthWords, finished } from "../../support/berth.ts";

const LAYOUT = new URL("./layout.sh", import.meta.url).pathname;

const isRoot = (await output(["id", "-u"])).stdout === "0\n";

/** What makes a program one of an ordinary user, who could not even make a link. */
const UNPRIVILEGED = isRoot ? ["unshare", "--user"] : [];

/** What gives a script a network of its own on the real kernel. */
const ALONE = ["unshare", "--net", "--mount", "sh", "-c", 'mount -t sysfs sysfs /sys && "$@"', "-"];

function run([program = "", ...args]: readonly string[]): Promise<BerthResult> {
  const options = { args, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  return finished(new Deno.Command(program, options).spawn());
}

function exec(...words: readonly string[]): Promise<BerthResult> {
  return run([...UNPRIVILEGED, ...berthWords(["sim", "exec", "--", ...words])]);
}

Deno.test("the layout is set up and taken down on a simulated host without root", async () => {
  const { status, stdout, stderr } = await exec("sh", "-c", `id -u; exec sh ${LAYOUT}`);
  assertEquals({ status, stderr }, { status: 0, stderr: 'Cannot find device "nonesuch"\n' });
  const [user, ...lines] = stdout.trimEnd().split("\n");
  assertEquals(user === "0", false);
  assertMatch(stdout, /Egress Redirect to device mesos1/);
  assertMatch(lines.at(-1) ?? "", /^lo +UNKNOWN +02:00:00:00:00:0a/);
});

/** Each line tells in what way a tool of a simulated host is the real one's equal. */
const SCRIPT = `
ip link add v0 type veth peer name w0 && echo made
ip link add v0 type veth peer name w0 || echo "status $?"
printf 'link set v0 up\\nlink set v1 up\\n' | ip -batch - || echo "status $?"
ip -batch /nowhere/lines || echo "status $?"
cd "$(mktemp -d)"
printf 'link set v0 up\\nlink set v1 up\\n' >lines
ip -batch lines || echo "status $?"
tc qdisc add dev v0 root htb r2q || echo "status $?"
tc frob || echo "status $?"
ip netns exec nowhere true || echo "status $?"
ip netns add a
ip netns exec a nonesuch || echo "status $?"
ip netns exec a sh -c 'ip link set lo up; exit 7' || echo "status $?"
ip netns exec a ip -br link
ip -br link show lo
`;

Deno.test("output, errors, statuses and input of a simulated host's tools are passed on", async () => {
  const { status, stdout, stderr } = await exec("sh", "-c", SCRIPT);
  assertEquals(stdout.split("\n").map((line) => line.replace(/ .*<|>.*/g, " ")), [
    ...[
      "made",
      "status 2",
      "status 1",
      "status 1",
      "status 1",
      "status 255",
      "status 255",
      "status 255",
      "status 1",
      "status 7",
    ],
    ...["lo LOOPBACK,UP,LOWER_UP ", "lo LOOPBACK ", ""],
  ]);
  assertEquals(status, 0);
  assertEquals(stderr.split("\n"), [
    "RTNETLINK answers: File exists",
    'Cannot find device "v1"',
    "Command failed -:2",
    'Cannot open file "/nowhere/lines" for reading: No such file or directory',
    'Cannot find device "v1"',
    "Command failed lines:2",
    'Command line is not complete. Try option "help"',
    'Object "frob" is unknown, try "tc help".',
    'Cannot open network namespace "nowhere": No such file or directory',
    'exec of "nonesuch" failed: No such file or directory',
    "",
  ]);
});

const missing = await outsideSandbox();
// Tools reach their host by 127.0.0.1, which a sandbox has only once its loopback link is up.
if (missing === undefined) await output(["ip", "link", "set", "lo", "up"]);

Deno.test({
  name: "scripts print the same on a simulated host, where they need no root, as on a real " +
    `kernel${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  ignore: missing !== undefined,
  fn: async () => {
    for (const words of [["sh", LAYOUT], ["sh", "-c", SCRIPT]]) {
      const real = await run([...ALONE, ...words]);
      assertEquals(real.status, 0, real.stderr);
      assertEquals(await exec(...words), real);
    }
  },
});

Deno.test("the program may be a tool itself, and then it is the simulated host's", async () => {
  assertEquals(await exec("ip", "-br", "link"), {
    status: 0,
    stdout: "lo               DOWN           00:00:00:00:00:00 <LOOPBACK> \n",
    stderr: "",
  });
});

Deno.test("a program in a namespace keeps it alive, also when its name is gone", async () => {
  const script = `
    ip netns add a
    ip link add v0 type veth peer name v1 netns a
    ip netns exec a sleep 1000 &
    for try in $(seq 50); do [ -n "$(ip netns pids a)" ] && break; done
    ip netns del a
    ip link show v0 >/dev/null && echo alive
    kill $!
    wait
    for try in $(seq 50); do ip link show v0 >/dev/null 2>&1 || break; done
    ip link show v0`;
  const { stdout, stderr } = await exec("sh", "-c", script);
  assertEquals([stdout, stderr], ["alive\n", 'Device "v0" does not exist.\n']);
});

Deno.test("a kept host is the same in the next command, and can be looked at", async () => {
  const state = await Deno.makeTempDir();
  const keep = (script: string) =>
    berth("sim", "exec", `--state=${state}`, "--", "sh", "-c", script);
  await keep("ip netns add a; ip link add v0 type veth peer name v1 netns a; sleep 1");
  await keep("ip link set v0 up; tc qdisc add dev v0 root handle 1: htb default 1");
  await keep("tc class add dev v0 parent 1: classid 1:1 htb rate 1mbit");
  const made = await keep("ip link add type veth; ip -br link | grep -v '^lo ' | tr -s ' '");
  const macs = made.stdout.trimEnd().split("\n").map((line) => line.split(" ")[2]);
  assertEquals(new Set(macs).size, 3, made.stdout);
  const { stdout } = await keep("ip -br link show v0; ip -n a -br link; tc class show dev v0");
  assertMatch(stdout, /^v0@if\d+ +DOWN [^]*^v1@if\d+ +DOWN [^]*^class htb 1:1 root/m);
  const shown = await berth("sim", "show", `--state=${state}`);
  assertMatch(shown.stdout, /^host\n {2}.* lo: [^]* {4}qdisc htb 1: root.*\n {6}class htb 1:1/);
  assertMatch(shown.stdout, /^namespace a\n/m);
  const json = JSON.parse((await berth("sim", "show", `--state=${state}`, "--json")).stdout);
  assertEquals(json.map(({ names }: { names: string[] }) => names), [[], ["a"]]);
  await Deno.remove(state, { recursive: true });
});

Deno.test("sim says in one sentence what is wrong with what it was given", async () => {
  const folder = await Deno.makeTempDir();
  const write = (name: string, text: string) => Deno.writeTextFile(`${folder}/${name}`, text);
  await write("world", "ip link set lo up\nrm -rf /\n");
  await write("failing", "# A host\nip link set v0 up\n");
  await write("host", "something else\n");
  const cases: readonly (readonly [words: string[], status: number, says: RegExp])[] = [
    [["exec", "--", "nonesuch"], 127, /no program "nonesuch"/],
    [["exec", `--world=${folder}/world`, "--", "true"], 2, /line 2 .* "rm"/],
    [["exec", `--world=${folder}/failing`, "--", "true"], 1, /Line 2 .*Cannot find device "v0"/],
    [["exec", `--world=${folder}/none`, "--", "true"], 2, /cannot be read/],
    [["exec", `--state=${folder}`, "--", "true"], 1, /is no simulated host/],
    [["show"], 2, /--state/],
  ];
  for (const [words, status, says] of cases) {
    const result = await berth("sim", ...words);
    assertEquals([result.status, result.stdout], [status, ""], words.join(" "));
    assertMatch(result.stderr, new RegExp(`^berth: [^\\n]*${says.source}[^\\n]*\\n$`));
  }
  await Deno.remove(folder, { recursive: true });
});
