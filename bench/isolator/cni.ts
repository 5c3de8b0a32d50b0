import { assert } from "@std/assert";

/**
 * The peer: the CNI plugins `bridge`, `portmap` and `bandwidth`, one process each, as a container
 * runtime starts them.
 *
 * @module
 */

/** Where Debian puts the plugins. */
const FOLDER = "/usr/lib/cni";

/** Debian packages of the peers and of the generator of packets. */
const PACKAGES = ["containernetworking-plugins", "iptables", "iperf3"];

/** A container of the peer. */
export interface CniContainer {
  /** Its id. */
  readonly id: string;
  /** Its process. */
  readonly pid: number;
  /** Its first port; eight of them are its own. */
  readonly port: number;
  /** Whether what it sends and receives is limited, by the plugin `bandwidth`. */
  readonly isLimited: boolean;
}

/** How many ports a container has. */
export const PORTS_EACH = 8;

const NETWORK = { cniVersion: "0.4.0", name: "bench" };
const BITS_PER_SECOND = 8_000_000;

/**
 * Installs the Debian packages that the benches need, as far as they are missing.
 *
 * @throws {AssertionError} If that fails.
 */
export async function installPeers(): Promise<void> {
  const { code } = await run("dpkg", ["-s", ...PACKAGES]);
  if (code === 0) return;
  const install = await run("apt-get", ["install", "-y", "--no-install-recommends", ...PACKAGES]);
  assert(install.code === 0, `apt-get install ${PACKAGES.join(" ")} failed: ${install.stderr}`);
}

/** What each plugin of the chain is told. */
function chain({ port, isLimited }: CniContainer): readonly Record<string, unknown>[] {
  const portMappings = Array.from({ length: PORTS_EACH }, (_, i) => port + i).flatMap((each) =>
    ["tcp", "udp"].map((protocol) => ({ hostPort: each, containerPort: each, protocol }))
  );
  const rate = { Rate: BITS_PER_SECOND, Burst: BITS_PER_SECOND };
  const bandwidth = Object.fromEntries(
    ["ingress", "egress"].flatMap((way) =>
      Object.entries(rate).map(([name, value]) => [way + name, value])
    ),
  );
  return [
    {
      ...{ type: "bridge", bridge: "cni0", isGateway: true, ipMasq: true },
      ipam: {
        type: "host-local",
        dataDir: "/run/cni",
        ranges: [[{ subnet: "10.88.0.0/16" }]],
        routes: [{ dst: "0.0.0.0/0" }],
      },
    },
    { type: "portmap", snat: true, runtimeConfig: { portMappings } },
    ...(isLimited ? [{ type: "bandwidth", runtimeConfig: { bandwidth } }] : []),
  ];
}

/**
 * Gives a container its network.
 *
 * @param container The container.
 * @returns Its IPv4 address.
 */
export async function addCni(container: CniContainer): Promise<string> {
  let prevResult: unknown;
  for (const config of chain(container)) {
    prevResult = JSON.parse(await plugin("ADD", container, { ...config, prevResult }));
  }
  const address = /"address":"([0-9.]+)\//.exec(JSON.stringify(prevResult))?.[1];
  assert(address !== undefined, "the bridge plugin gives an address");
  return address;
}

/**
 * Takes a container's network away.
 *
 * @param container The container.
 */
export async function removeCni(container: CniContainer): Promise<void> {
  for (const config of chain(container).toReversed()) await plugin("DEL", container, config);
}

async function plugin(
  command: "ADD" | "DEL",
  { id, pid }: CniContainer,
  config: Record<string, unknown>,
): Promise<string> {
  const env = {
    CNI_COMMAND: command,
    CNI_CONTAINERID: id,
    CNI_NETNS: `/proc/${pid}/ns/net`,
    CNI_IFNAME: "eth0",
    CNI_PATH: FOLDER,
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  };
  const input = JSON.stringify({ ...NETWORK, ...config });
  const { code, stdout, stderr } = await run(`${FOLDER}/${config["type"]}`, [], { env, input });
  assert(code === 0, `${config["type"]} ${command}: ${stdout}${stderr}`);
  return stdout;
}

/**
 * Runs a program to its end.
 *
 * @param program The program.
 * @param args Its arguments.
 * @param options Its environment and standard input.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly input?: string } = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const child = new Deno.Command(program, {
    args: [...args],
    ...(options.env === undefined ? {} : { env: options.env }),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // A program that reads nothing may end before all is written.
  await writer.write(new TextEncoder().encode(options.input ?? "")).catch(() => undefined);
  await writer.close().catch(() => undefined);
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
