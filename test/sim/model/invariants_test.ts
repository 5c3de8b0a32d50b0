import { assert, assertEquals, assertThrows } from "@std/assert";
import { makeHandle } from "../../../sim/model/handle.ts";
import { brokenInvariants, checkInvariants } from "../../../sim/model/invariants.ts";
import { BrokenInvariant, present } from "../../../sim/model/invariant.ts";
import type { Link } from "../../../sim/model/link.ts";
import { Machine } from "../../../sim/model/machine.ts";
import type { Process } from "../../../sim/model/process.ts";
import type { Qdisc } from "../../../sim/model/qdisc.ts";
import type { SocketEntry } from "../../../sim/model/socket.ts";
import { SimKernel } from "../../../sim/sim_kernel.ts";
import { SeededRandom } from "../../../sim/time/seeded_random.ts";
import { VirtualClock } from "../../../sim/time/virtual_clock.ts";
import type { Tool } from "../../../src/kernel/kernel_network.ts";

const SETUP: readonly (readonly [Tool, string])[] = [
  ["ip", "netns attach inside 4711"],
  ["ip", "link add v0 type veth peer name v1 netns inside"],
  ["ip", "link set v0 up"],
  ["ip", "addr add 10.0.0.1/24 dev v0"],
  ["ip", "neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0"],
  ["tc", "qdisc add dev v0 root handle 1: htb default 1"],
  ["tc", "class add dev v0 parent 1: classid 1:1 htb rate 1mbit"],
  ["tc", "class add dev v0 parent 1:1 classid 1:2 htb rate 1mbit"],
  ["tc", "qdisc add dev v0 parent 1:2 handle 2: fq_codel"],
  ["tc", "qdisc add dev v0 ingress"],
  ["tc", "filter add dev v0 parent ffff: protocol ip prio 1 handle 5: u32 divisor 1"],
  [
    "tc",
    "filter add dev v0 parent ffff: protocol ip prio 1 u32 match u32 0 0 link 5: " +
    "action mirred egress redirect dev lo",
  ],
];

/** A machine with something of everything, none of it broken. */
async function stage() {
  const clock = new VirtualClock();
  const machine = new Machine({ clock, random: new SeededRandom(1) });
  const process = machine.startProcess({ namespace: "new", pid: 4711 });
  const kernel = new SimKernel(machine, { checksInvariants: true });
  for (const [tool, line] of SETUP) {
    const { status, stderr } = await kernel.execute({
      tool,
      args: line.split(" "),
      effect: "change",
    });
    assertEquals({ status, stderr }, { status: 0, stderr: "" }, line);
  }
  const link = present(machine.home.linkByName("v0"), "the stage has a veth");
  const htb = present(link.root, "the veth has an htb");
  const ingress = present(link.ingress, "the veth has an ingress qdisc");
  return { machine, kernel, process, link, htb, ingress };
}

interface Stage {
  readonly machine: Machine;
  readonly process: Process;
  readonly link: Link;
  readonly htb: Qdisc;
  readonly ingress: Qdisc;
}

const CLASS = makeHandle(1, 2);

const UDP_SOCKET: SocketEntry = {
  protocol: "udp",
  state: "UNCONN",
  localAddress: 0,
  localPort: 80,
  remoteAddress: 0,
  remotePort: 0,
  receiveQueue: 0,
  sendQueue: 0,
  tcp: undefined,
  process: undefined,
};

/** Ways to break a machine, and the first sentence about each. */
const BREAKS: readonly (readonly [what: string, act: (stage: Stage) => void])[] = [
  ["process 4711 has ended and is still listed", ({ process }) => process.isAlive = false],
  [
    "lives, and nothing holds it",
    ({ machine }) => void machine.makeNamespace(),
  ],
  ["is dead and still listed", ({ process }) => process.namespace.isAlive = false],
  [
    "the handle /tmp/x leads to a dead namespace",
    ({ machine }) => {
      machine.files.writeFile("/tmp/x", "");
      machine.files.mountNamespace("/tmp/x", 1);
    },
  ],
  [
    "other is not found by its name",
    ({ link }) => link.moveTo({ namespace: link.namespace, index: link.index, name: "other" }),
  ],
  [
    "v0 is not found by its index",
    ({ link }) => link.moveTo({ namespace: link.namespace, index: 99, name: link.name }),
  ],
  ["its peer v1 has another peer", ({ link }) => present(link.peer, "").peer = undefined],
  ["a veth has no peer", ({ link }) => link.peer = undefined],
  [
    "leads over v1, which is not there",
    ({ machine, link }) => {
      const { routes } = machine.home;
      const route = present(routes.table(254)[0], "the stage has a route");
      routes.insert({ ...route, link: link.peer });
    },
  ],
  [
    "a neighbour is behind v1",
    ({ machine, link }) => {
      const [entry] = machine.home.neighbours.entries();
      machine.home.neighbours.set({
        ...present(entry, ""),
        link: present(link.peer, ""),
      });
    },
  ],
  ["a link is up without a root qdisc", ({ link }) => link.root = undefined],
  ["qdisc 2: hangs nowhere", ({ htb }) => htb.leaves.delete(CLASS)],
  [
    "qdisc 2: is not found by its handle",
    ({ link }) => link.qdiscs.delete(makeHandle(2, 0)),
  ],
  ["leaf qdisc 2: hangs on no class", ({ htb }) => htb.classes.delete(CLASS)],
  ["class 1:2 is not listed", ({ htb }) => htb.classHash.remove(CLASS)],
  ["class 1:7 is listed and gone", ({ htb }) => htb.classHash.insert(makeHandle(1, 7))],
  [
    "class 1:2 is no child of its parent",
    ({ htb }) => present(htb.classes.get(makeHandle(1, 1)), "").children.clear(),
  ],
  [
    "class 1:2 has a parent that is gone",
    ({ htb }) => htb.classes.delete(makeHandle(1, 1)),
  ],
  [
    "the filters of priority 1 have no root table",
    ({ ingress }) => {
      const [classifier] = ingress.filters.classifiers;
      ingress.u32.remove(present(classifier, "").root);
    },
  ],
  [
    "table 5: counts 2 links of 1",
    ({ ingress }) => present(ingress.u32.tables.get(0x500000), "").linkCount += 1,
  ],
  [
    "leads to a table that is gone",
    ({ ingress }) => ingress.u32.remove(present(ingress.u32.tables.get(0x500000), "")),
  ],
  ["action mirred index 1 counts 2 users of 1", (stage) => firstAction(stage).bindCount = 2],
  [
    "action mirred index 1 has fewer references than users",
    (stage) => firstAction(stage).referenceCount = 0,
  ],
  [
    "a filter uses action mirred index 1, which is not there",
    ({ machine }) => machine.home.actions.clear(),
  ],
  [
    "action mirred index 1 is unknown to its target",
    ({ machine }) => machine.home.loopback.actionsToIt.clear(),
  ],
  [
    "the socket on port 80 is held by a dead process",
    ({ machine }) => {
      const process = machine.startProcess({ namespace: machine.home });
      machine.home.sockets.add({ ...UDP_SOCKET, process });
      machine.endProcess(process);
    },
  ],
];

function firstAction({ machine }: Stage) {
  return present(machine.home.actions.get("mirred")?.actions.get(1), "the stage has an action");
}

Deno.test("a machine with something of everything keeps every promise", async () => {
  assertEquals(brokenInvariants((await stage()).machine), []);
});

for (const [what, act] of BREAKS) {
  Deno.test(`a machine is found broken where ${what}`, async () => {
    const broken = await stage();
    act(broken);
    const faults = brokenInvariants(broken.machine);
    assert(faults.some((fault) => fault.includes(what)), faults.join("\n"));
    assertThrows(() => checkInvariants(broken.machine), BrokenInvariant);
  });
}

Deno.test("a namespace that dies takes its sockets along, and one that comes late is found", async () => {
  const { machine, process, kernel } = await stage();
  const { namespace } = process;
  namespace.sockets.add(UDP_SOCKET);
  machine.endProcess(process);
  assertEquals([namespace.isAlive, namespace.sockets.size], [true, 1]);
  machine.observers.add({ namespaceDied: (dead) => dead.sockets.add(UDP_SOCKET) });
  assertThrows(
    () => kernel.execute({ tool: "ip", args: ["netns", "del", "inside"], effect: "change" }),
    BrokenInvariant,
    "sockets are in living namespaces alone",
  );
});

Deno.test("SimKernel checks after what may change something, and not after reading", async () => {
  const { kernel, link } = await stage();
  link.peer = undefined;
  await kernel.execute({ tool: "ip", args: ["netns"], effect: "read" });
  assertThrows(
    () => kernel.execute({ tool: "ip", args: ["link", "set", "lo", "up"], effect: "change" }),
    BrokenInvariant,
    "a veth has no peer on v0",
  );
});
