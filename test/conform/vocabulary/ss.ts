import type { Rules } from "../grammar.ts";

/**
 * `ss`. No sequence opens a socket: what is compared are options, filters and their refusals. `-s`
 * stays out, since it counts those of the whole machine.
 */
export const SOCKETS: Rules = {
  ss: [
    "6: {enter}ss {ssTables}[ {ssOptions}][ {ssStates}][ {ssFilter}]",
    "2: ss -N {ns} {ssTables}[ {ssOptions}]",
    "1: {enter}ss {ssTables} {ssStates} {ssStates}",
    "1: ss {frob}",
    "1: ss -V",
  ],
  ssTables: [
    "6: -(t|ta|tn|tan|tln|tl|u|un|uan|uln|tun|tuln|tuan|ti|tin|tan4|w)",
    "2: -A (tcp|udp|raw|inet|tcp,udp|dccp|nonesuch)",
    "1: -(4|t6|u4|t4) -n",
    "1: --(tcp|udp|listening --tcp|all --tcp)",
  ],
  ssOptions: ["2: -H", "-n", "-o", "-m", "-i", "-p", "-O", "-a", "-l", "--numeric", "--no-header"],
  ssStates: [
    "4: state {ssState}",
    "1: exclude {ssState}",
    "1: state",
    "1: state {ssState} state {ssState}",
  ],
  ssState: [
    "4: (established|listening|time-wait|syn-sent|close|all|connected|synchronized|bucket|big)",
    "1: {frob}",
  ],
  ssFilter: [
    "3: {ssTest}",
    "2: {ssTest} (and|or|&|) {ssTest}",
    "1: not {ssTest}",
    "1: {ssTest} and",
  ],
  ssTest: [
    "3: (sport|dport) (=|!=|gt|le|eq) :{port}",
    '2: "(sport|dport) (=|ge|lt|ne) :{port}"',
    "2: (src|dst) {prefix}",
    "1: (src|dst) {ip}:{port}",
    "1: (sport|dport) = {port}",
    "1: sport",
    "1: {frob}",
  ],
};
