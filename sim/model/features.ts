/**
 * Traffic control, and more, that a kernel may be built with or without. `cls_u32_perf` is whether
 * `u32` counts what each of its comparisons matched, and `act_hw_state` whether actions say, once
 * all of their kind were listed, that no hardware counts for them. With `dccp` DCCP's sockets are
 * listed, as Linux 6.1 does; Linux 6.18 refuses.
 */
export const FEATURES = [
  "sch_htb",
  "sch_tbf",
  "sch_ingress",
  "sch_fq_codel",
  "cls_u32",
  "cls_u32_perf",
  "act_mirred",
  "act_gact",
  "act_hw_state",
  "link_dummy",
  "dccp",
] as const;

/** Something that a kernel may be built with or without. */
export type Feature = typeof FEATURES[number];

/** What a kernel like the recorded ones has, and fq_codel besides. */
export const DEFAULT_FEATURES: ReadonlySet<Feature> = new Set<Feature>([
  "sch_htb",
  "sch_tbf",
  "sch_ingress",
  "sch_fq_codel",
  "cls_u32",
  "act_mirred",
  "act_hw_state",
]);

/** What a kernel with everything that the simulator models has. */
export const ALL_FEATURES: ReadonlySet<Feature> = new Set<Feature>(FEATURES);
