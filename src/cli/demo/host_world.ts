import { assert } from "@std/assert";
import { MONOTONIC_CLOCK } from "../../isolator/rates/sample_clock.ts";
import { HostKernel } from "../../kernel/host_kernel.ts";
import { NamespaceHolder } from "./namespace_holder.ts";
import { PeerProcess } from "./peer_process.ts";
import { output, outsideSandbox } from "./sandbox.ts";
import {
  type ContainerStation,
  type ExchangeRequest,
  type ExchangeResult,
  HOST_ADDRESS,
  HOST_MAC,
  type Listener,
  OUTSIDE_ADDRESS,
  OUTSIDE_MAC,
  type PingResult,
  PREFIX_LENGTH,
  type TransferRequest,
  type TransferResult,
  type World,
} from "./world.ts";

/** Name of the namespace that plays the machine at the other end of the wire. */
const OUTSIDE = "outside";

/** What makes a host with a public link, and a machine at the other end of its wire. */
const SETUP: readonly (readonly string[])[] = [
  ["ip", "netns", "add", OUTSIDE],
  [
    ...["ip", "link", "add", "eth0", "address", HOST_MAC, "type", "veth"],
    ...["peer", "name", "wire", "address", OUTSIDE_MAC, "netns", OUTSIDE],
  ],
  ["ip", "link", "set", "lo", "up"],
  ["ip", "link", "set", "eth0", "up"],
  ["ip", "addr", "add", `${HOST_ADDRESS}/${PREFIX_LENGTH}`, "dev", "eth0"],
  ["ip", "-n", OUTSIDE, "link", "set", "lo", "up"],
  ["ip", "-n", OUTSIDE, "link", "set", "wire", "up"],
  ["ip", "-n", OUTSIDE, "addr", "add", `${OUTSIDE_ADDRESS}/${PREFIX_LENGTH}`, "dev", "wire"],
  ["ip", "route", "add", "default", "via", OUTSIDE_ADDRESS],
];

/** What gives lo back what it was; each may fail where nothing was changed. */
const RESET: readonly (readonly string[])[] = [
  ["ip", "link", "del", "eth0"],
  ["tc", "qdisc", "del", "dev", "lo", "ingress"],
  // Its MAC address stays: the kernel refuses to give a link the address of zeros again.
  ["ip", "link", "set", "dev", "lo", "mtu", "65536"],
  [
    "sysctl",
    ...["route_localnet", "accept_local", "rp_filter"].map((key) => `net.ipv4.conf.lo.${key}=0`),
    ...["send_redirects"].map((key) => `net.ipv4.conf.lo.${key}=1`),
    "net.ipv4.conf.all.rp_filter=0",
    "net.ipv4.conf.all.send_redirects=1",
  ],
];

/**
 * Makes a world on the real kernel.
 *
 * @throws {AssertionError} Outside a sandbox, where it would touch the machine's own network.
 */
export async function createHostWorld(): Promise<World> {
  const reason = await outsideSandbox();
  assert(reason === undefined, `a world needs a sandbox: ${reason}`);
  for (const words of SETUP) {
    const { status, stderr } = await output(words);
    assert(status === 0, `"${words.join(" ")}" failed: ${stderr}`);
  }
  const stations: HostStation[] = [];
  const start = async (prefix: readonly string[]) => {
    const station = new HostStation(await NamespaceHolder.start(prefix));
    stations.push(station);
    return station;
  };
  return {
    kind: "host",
    kernel: new HostKernel(),
    clock: MONOTONIC_CLOCK,
    host: await start([]),
    outside: await start(["nsenter", `--net=/run/netns/${OUTSIDE}`]),
    startContainer: () => start(["unshare", "--net", "--mount", "--propagation", "slave"]),
    pass: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(stations.map((station) => station.kill()));
      await removeAll();
    },
  };
}

async function removeAll(): Promise<void> {
  for (const words of RESET) await output(words);
  const { stdout } = await output(["/usr/bin/ls", "/run/netns"]);
  for (const name of stdout.split("\n").filter((line) => line !== "")) {
    await output(["ip", "netns", "del", name]);
  }
  await output(["/usr/bin/find", "/run/mesos", "-mindepth", "1", "-delete"]);
  const veths = /^\d+: (mesos\d+)@/gm;
  for (const [, name = ""] of (await output(["ip", "-o", "link"])).stdout.matchAll(veths)) {
    await output(["ip", "link", "del", name]);
  }
}

/** Programs in one namespace of the real kernel; the peer is started when first it is needed. */
class HostStation implements ContainerStation {
  readonly #holder: NamespaceHolder;
  #peerProcess: PeerProcess | undefined;

  constructor(holder: NamespaceHolder) {
    this.#holder = holder;
  }

  get pid(): number {
    return this.#holder.pid;
  }

  get #peer(): PeerProcess {
    return this.#peerProcess ??= PeerProcess.start(["nsenter", `--target=${this.pid}`, "--net"]);
  }

  listenTcp(port: number): Promise<Listener> {
    return this.#listen("tcp", port);
  }

  listenUdp(port: number): Promise<Listener> {
    return this.#listen("udp", port);
  }

  tcp(request: ExchangeRequest): Promise<ExchangeResult> {
    return this.#peer.call("exchange", { timeoutMs: 1000, ...request, transport: "tcp" });
  }

  udp(request: ExchangeRequest): Promise<ExchangeResult> {
    return this.#peer.call("exchange", { timeoutMs: 1000, ...request, transport: "udp" });
  }

  async ping(address: string, count: number): Promise<PingResult> {
    const enter = ["nsenter", `--target=${this.pid}`, "--net"];
    const ping = ["ping", "-n", "-i", "0.2", "-c", String(count), "-W", "1", address];
    const { stdout } = await output([...enter, ...ping]);
    const replies = [...stdout.matchAll(/icmp_seq=(\d+) ttl=\d+ time=\S+ ms( \(DUP!\))?/g)];
    const answered = new Set(replies.map(([, sequence]) => sequence)).size;
    return { answered, duplicates: replies.length - answered };
  }

  async transfer(request: TransferRequest): Promise<TransferResult> {
    const { to, address, port, bytes, timeoutMs = 30_000 } = request;
    assert(to instanceof HostStation, "both ends are of one world");
    const { server } = await to.#peer.call("sink", { port });
    const drained = to.#peer.call("drained", { server, timeoutMs });
    await this.#peer.call("flood", { address, port, bytes, timeoutMs });
    const result = await drained;
    await to.#peer.call("close", { server });
    return result;
  }

  async kill(): Promise<void> {
    await Promise.all([this.#holder.kill(), this.#peerProcess?.kill()]);
  }

  async #listen(transport: "tcp" | "udp", port: number): Promise<Listener> {
    const { server } = await this.#peer.call("listen", { transport, port });
    return {
      peers: () => this.#peer.call("peers", { server }),
      [Symbol.asyncDispose]: async () => {
        await this.#peer.call("close", { server }).catch(() => null);
      },
    };
  }
}
