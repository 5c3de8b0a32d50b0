import type { BareParameters } from "../../model/qdisc.ts";
import type { Words } from "../words.ts";
import type { QdiscKindTool } from "./kind.ts";

const PFIFO_FAST_PRIORITIES = [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];

function bare(kind: BareParameters["kind"]): Pick<QdiscKindTool, "name" | "read" | "byDefault"> {
  return {
    name: kind,
    read(words: Words) {
      if (words.left > 0) words.console.notModelled(`usage of "${kind}"`);
      return undefined;
    },
    byDefault: () => ({ kind }),
  };
}

/** `noqueue`: packets are sent at once. */
export const noqueueKind: QdiscKindTool = { ...bare("noqueue"), list() {} };

/** `clsact`: a place for filters on both sides. */
export const clsactKind: QdiscKindTool = { ...bare("clsact"), list() {} };

/** `ingress`: a place for filters of arriving packets. */
export const ingressKind: QdiscKindTool = {
  ...bare("ingress"),
  list: (listing) => listing.text("---------------- "),
};

/** `pfifo_fast`: three queues by type of service. */
export const pfifoFastKind: QdiscKindTool = {
  ...bare("pfifo_fast"),
  list(listing) {
    listing.json("bands", 3);
    listing.json("priomap", PFIFO_FAST_PRIORITIES);
    listing.json("multiqueue", false);
    listing.text(`bands 3 priomap ${PFIFO_FAST_PRIORITIES.join(" ")}`);
  },
};
