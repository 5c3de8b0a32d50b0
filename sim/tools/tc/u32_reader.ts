/**
 * What stands behind `u32` in `tc filter add`.
 *
 * @module
 */

import type { ActionSpec } from "../../model/actions.ts";
import type { Handle } from "../../model/handle.ts";
import type { U32Request } from "../../model/u32_requests.ts";
import { parseSigned, parseUnsigned } from "../numbers.ts";
import { abbreviates, Grammar, unknownToSimulator, type Words } from "../words.ts";
import { readActions } from "./action_reader.ts";
import type { TcContext } from "./context.ts";
import { parseClassHandle, parseU32Handle } from "./handles.ts";
import { U32Matches } from "./u32_match.ts";

const UINT32 = 0xffffffff;
const DIVISOR_MAX = 256;

interface Draft {
  readonly context: TcContext;
  readonly matches: U32Matches;
  hasMatch: boolean;
  hashMask: number;
  hashOffset: number;
  offset: number;
  variableOffsetAt: number;
  variableOffsetMask: number;
  variableOffsetShift: number;
  hasConstantOffset: boolean;
  hasVariableOffset: boolean;
  eat: boolean;
  classId: Handle | undefined;
  divisor: number | undefined;
  order: number;
  link: number | undefined;
  bucket: number;
  hasSample: boolean;
  actions: readonly ActionSpec[];
  hasAction: boolean;
}

function illegal(words: Words, what: string): never {
  return words.console.fail(`Illegal "${what}"\n`);
}

/** A power of two, at most 256. */
function divisorAfter(words: Words, complaint: string): number {
  const divisor = parseUnsigned(words.take(), DIVISOR_MAX);
  if (divisor === undefined || divisor === 0 || (divisor & (divisor - 1)) !== 0) {
    return words.console.fail(`Illegal ${complaint}\n`);
  }
  return divisor;
}

function readOffset(draft: Draft, words: Words): void {
  const number = () => parseSigned(words.take()) ?? illegal(words, "offset");
  if (words.left === 0) words.console.incomplete();
  while (words.current !== undefined) {
    const word = words.current;
    if (abbreviates(word, "plus")) {
      words.skip();
      draft.offset = number();
      draft.hasConstantOffset = true;
    } else if (abbreviates(word, "at")) {
      words.skip();
      draft.variableOffsetAt = number();
      if (draft.variableOffsetAt % 2 !== 0) {
        words.console.complain('offset "at" must be even\n');
        illegal(words, "offset");
      }
      draft.hasVariableOffset = true;
    } else if (abbreviates(word, "mask")) {
      words.skip();
      draft.variableOffsetMask = parseUnsigned(words.take(), 0xffff, 16) ??
        illegal(words, "offset");
      draft.hasVariableOffset = true;
    } else if (abbreviates(word, "shift")) {
      words.skip();
      draft.variableOffsetShift = number();
      draft.hasVariableOffset = true;
    } else if (abbreviates(word, "eat")) {
      words.skip();
      draft.eat = true;
    } else break;
  }
}

function readHashKey(draft: Draft, words: Words): void {
  if (words.left === 0) words.console.incomplete();
  while (words.current !== undefined) {
    const word = words.current;
    if (abbreviates(word, "mask")) {
      words.skip();
      draft.hashMask = parseUnsigned(words.take(), UINT32, 16) ?? illegal(words, "hashkey");
    } else if (abbreviates(word, "at")) {
      words.skip();
      const offset = parseSigned(words.take()) ?? illegal(words, "hashkey");
      if (offset % 4 !== 0) illegal(words, "hashkey");
      draft.hashOffset = offset;
    } else break;
  }
}

function readSample(draft: Draft, words: Words): void {
  const sample = new U32Matches();
  if (!sample.read(words)) illegal(words, "sample");
  const [key, ...more] = sample.keys;
  if (key === undefined || more.length > 0) {
    return words.console.fail('"sample" must contain exactly ONE key.\n');
  }
  let divisor = DIVISOR_MAX;
  if (words.current === "divisor") {
    words.skip();
    divisor = divisorAfter(words, 'sample "divisor"');
    if (words.left === 0) words.console.incomplete();
  }
  const shift = key.mask === 0 ? 0 : 31 - Math.clz32(key.mask & -key.mask);
  const hash = ((key.value & key.mask) >>> 0) >>> shift;
  draft.bucket = (((hash % divisor) << 12) | (draft.bucket & 0xfff00000)) >>> 0;
  draft.hasSample = true;
}

const GRAMMAR = new Grammar<Draft>([
  {
    names: "match~",
    read(draft, words) {
      if (!draft.matches.read(words)) illegal(words, "match");
      draft.hasMatch = true;
    },
  },
  { names: "offset~", read: readOffset },
  { names: "hashkey~", read: readHashKey },
  {
    names: "classid~|flowid",
    read: (draft, words) =>
      draft.classId = parseClassHandle(words.take()) ?? illegal(words, "classid"),
  },
  {
    names: "divisor~",
    read: (draft, words) => draft.divisor = divisorAfter(words, '"divisor"'),
  },
  {
    names: "order~",
    read: (draft, words) =>
      draft.order = parseUnsigned(words.take(), UINT32) ?? illegal(words, "order"),
  },
  {
    names: "link",
    read(draft, words) {
      const link = parseU32Handle(words.take()) ?? illegal(words, "link");
      if ((link & 0xfff) !== 0) words.console.fail('"link" must be a hash table.\n');
      draft.link = link;
    },
  },
  {
    names: "ht",
    read(draft, words) {
      const table = parseU32Handle(words.take()) ?? illegal(words, "ht");
      draft.bucket = draft.hasSample
        ? ((draft.bucket & 0xff000) | (table & 0xfff00000)) >>> 0
        : (table & 0xfffff000) >>> 0;
    },
  },
  { names: "sample", read: readSample },
  unknownToSimulator("indev"),
  {
    names: "action~",
    read(draft, words) {
      if (words.left === 0) words.console.incomplete();
      draft.actions = readActions(words, draft.context);
      draft.hasAction = true;
    },
  },
  unknownToSimulator("police~|skip_hw|skip_sw|help"),
], (_, words) => words.console.notModelled('usage of "u32"'));

/** What `tc` makes of the words, and the handle that it sends. */
export interface U32Reading {
  /** Handle of the node or table; 0 for the kernel's choice. */
  readonly handle: number;
  /** What the kernel is asked; undefined where nothing was. */
  readonly request: U32Request | undefined;
}

/**
 * Reads what stands behind `u32`.
 *
 * @param words Read to their end.
 * @param handleText What stood behind `handle`, if anything.
 * @param context Where links are looked up.
 */
export function readU32(
  words: Words,
  handleText: string | undefined,
  context: TcContext,
): U32Reading {
  const handle = handleText === undefined
    ? 0
    : parseU32Handle(handleText) ?? words.console.fail("Illegal filter ID\n");
  if (words.left === 0) return { handle, request: undefined };
  const draft = newDraft(context);
  GRAMMAR.read(draft, words);
  if (draft.order !== 0 && (handle & 0xfff) !== 0 && draft.order !== (handle & 0xfff)) {
    words.console.fail('"order" contradicts "handle"\n');
  }
  return { handle: (handle | draft.order) >>> 0, request: requestOf(draft) };
}

function newDraft(context: TcContext): Draft {
  return {
    context,
    matches: new U32Matches(),
    hasMatch: false,
    hashMask: 0,
    hashOffset: 0,
    offset: 0,
    variableOffsetAt: 0,
    variableOffsetMask: 0,
    variableOffsetShift: 0,
    hasConstantOffset: false,
    hasVariableOffset: false,
    eat: false,
    classId: undefined,
    divisor: undefined,
    order: 0,
    link: undefined,
    bucket: 0,
    hasSample: false,
    actions: [],
    hasAction: false,
  };
}

function requestOf(draft: Draft): U32Request {
  const selector = {
    keys: draft.matches.keys,
    hashMask: draft.hashMask,
    hashOffset: draft.hashOffset,
    offset: draft.offset,
    variableOffsetAt: draft.variableOffsetAt,
    variableOffsetMask: draft.variableOffsetMask,
    variableOffsetShift: draft.variableOffsetShift,
    hasConstantOffset: draft.hasConstantOffset,
    hasVariableOffset: draft.hasVariableOffset,
    eat: draft.eat,
  };
  return {
    selector: draft.hasMatch ? selector : undefined,
    divisor: draft.divisor,
    bucket: draft.bucket === 0 ? undefined : draft.bucket,
    link: draft.link,
    classId: draft.classId,
    actions: draft.actions,
    isTerminal: draft.classId !== undefined || draft.hasAction,
  };
}
