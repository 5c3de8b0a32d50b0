import { type Command, commandOf, type Sequence } from "./sequence.ts";

const LINKS = ["lo", "v0", "v1", "w0", "w1", "x0", "eth0"];
const PARENTS = ["ffff:", "1:", "ffff:fff3"];

/** Settings of which one may change others. */
const SETTINGS = ["forwarding", "rp_filter", "accept_local", "disable_policy", "send_redirects"]
  .flatMap((key) => ["all", "default", "lo", "v0", "v1"].map((at) => `net.ipv4.conf.${at}.${key}`));

/**
 * Shows all that a sequence may have changed, in each namespace that it made.
 *
 * @param sequence The sequence.
 */
export function listingsAfter(sequence: Sequence): Command[] {
  const made = new Set(
    sequence.flatMap(({ words, stdin }) =>
      [words.join(" "), ...stdin].flatMap((line) =>
        /netns (?:add|attach) (\w+)/.exec(line)?.[1] ?? []
      )
    ),
  );
  return [undefined, ...made].flatMap((name) => listingsOf(name)).concat(commandOf("ip netns"));
}

function listingsOf(namespace: string | undefined): Command[] {
  const at = namespace === undefined ? "" : ` -n ${namespace}`;
  const enter = namespace === undefined ? "" : `ip netns exec ${namespace} `;
  return [
    commandOf(`ip${at} -4 -s -force -batch -`, ["route show table all", "addr", "link"]),
    commandOf(`ip${at} -4 neigh show nud permanent`),
    commandOf(`tc${at} -s -force -batch -`, [
      "qdisc show",
      ...LINKS.flatMap((link) => [
        `class show dev ${link}`,
        ...PARENTS.map((parent) => `filter show dev ${link} parent ${parent}`),
      ]),
      "actions list action mirred",
    ]),
    commandOf(`${enter}sysctl ${SETTINGS.join(" ")}`),
  ];
}
