import { type Command, commandOf } from "./sequence.ts";

const LINKS = ["lo", "v0", "v1", "w0", "w1", "x0", "eth0"];
const PARENTS = ["ffff:", "1:", "ffff:fff3"];

/** Settings of which one may change others. */
const SETTINGS = ["forwarding", "rp_filter", "accept_local", "disable_policy", "send_redirects"]
  .flatMap((key) => ["all", "default", "lo", "v0", "v1"].map((at) => `net.ipv4.conf.${at}.${key}`));

/** Shows all that a sequence may have changed, in each of its namespaces. */
export const LISTINGS: readonly Command[] = [undefined, "a", "b", "c"].flatMap((namespace) => {
  const at = namespace === undefined ? "" : ` -n ${namespace}`;
  const enter = namespace === undefined ? "" : `ip netns exec ${namespace} `;
  return [
    commandOf(`ip${at} -s link`),
    commandOf(`ip${at} addr`),
    commandOf(`ip${at} -4 route show table all`),
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
}).concat(commandOf("ip netns"));
