import type { Random } from "../support/random.ts";

/**
 * Rules of a grammar by name. Each is a list of ways to write it, one of which is chosen:
 *
 * ```text
 * {rule}     another rule
 * [words]    there or not
 * (a|b)      one of them
 * <1-99>     a number
 * 5: words   five times as likely as others
 * ```
 */
export type Rules = Readonly<Record<string, readonly string[]>>;

type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "rule"; readonly name: string }
  | { readonly kind: "number"; readonly low: number; readonly high: number }
  | { readonly kind: "choice"; readonly ways: readonly Part[][] };

interface Way {
  readonly weight: number;
  readonly parts: readonly Part[];
}

const WEIGHT = /^(\d+): /;
const NUMBER = /^<(-?\d+)-(\d+)>/;
const RULE = /^\{(\w+)\}/;

/** A grammar that writes commands. */
export class Grammar {
  readonly #rules: Map<string, readonly Way[]>;

  /**
   * @param rules Its rules.
   * @throws {SyntaxError} If a rule is not closed, or names a rule that is not there.
   */
  constructor(rules: Rules) {
    this.#rules = new Map(Object.entries(rules).map(([name, ways]) => [name, ways.map(readWay)]));
    for (const ways of this.#rules.values()) {
      for (const { parts } of ways) this.#checkNames(parts);
    }
  }

  /**
   * Writes a rule out.
   *
   * @param name Its name.
   * @param random Makes the choices.
   * @throws {RangeError} If there is no such rule.
   */
  write(name: string, random: Random): string {
    const ways = this.#rules.get(name);
    if (ways === undefined) throw new RangeError(`There is no rule "${name}"`);
    let left = random.below(ways.reduce((sum, { weight }) => sum + weight, 0));
    for (const { weight, parts } of ways) {
      left -= weight;
      if (left < 0) return this.#writeParts(parts, random);
    }
    throw new RangeError(`The rule "${name}" has no ways`);
  }

  #writeParts(parts: readonly Part[], random: Random): string {
    return parts.map((part) => {
      if (part.kind === "text") return part.text;
      if (part.kind === "rule") return this.write(part.name, random);
      if (part.kind === "number") return String(random.between(part.low, part.high));
      return this.#writeParts(random.pick(part.ways), random);
    }).join("");
  }

  #checkNames(parts: readonly Part[]): void {
    for (const part of parts) {
      if (part.kind === "rule" && !this.#rules.has(part.name)) {
        throw new SyntaxError(`There is no rule "${part.name}"`);
      }
      if (part.kind === "choice") { for (const way of part.ways) this.#checkNames(way); }
    }
  }
}

function readWay(text: string): Way {
  const weight = WEIGHT.exec(text);
  const { parts, rest } = readParts(weight === null ? text : text.slice(weight[0].length));
  if (rest !== "") throw new SyntaxError(`The rule "${text}" closes what it did not open`);
  return { weight: Number(weight?.[1] ?? 1), parts };
}

/** Reads up to the end, or to the sign that ends the choice. */
function readParts(text: string): { parts: Part[]; rest: string } {
  const parts: Part[] = [];
  let rest = text;
  while (rest !== "" && !/^[\])|]/.test(rest)) {
    const rule = RULE.exec(rest);
    const number = NUMBER.exec(rest);
    const plain = /^[^{}[\]()|<>]+/.exec(rest);
    if (rule !== null) parts.push({ kind: "rule", name: rule[1] ?? "" });
    else if (number !== null) {
      parts.push({ kind: "number", low: Number(number[1]), high: Number(number[2]) });
    } else if (plain !== null) parts.push({ kind: "text", text: plain[0] });
    else {
      const choice = readChoice(rest);
      parts.push(choice.part);
      rest = choice.rest;
      continue;
    }
    rest = rest.slice((rule ?? number ?? plain)?.[0].length ?? 0);
  }
  return { parts, rest };
}

function readChoice(text: string): { part: Part; rest: string } {
  const end = text.startsWith("[") ? "]" : text.startsWith("(") ? ")" : undefined;
  if (end === undefined) throw new SyntaxError(`A rule cannot hold "${text}"`);
  const ways: Part[][] = end === "]" ? [[]] : [];
  let rest = text;
  do {
    const way = readParts(rest.slice(1));
    ways.push(way.parts);
    rest = way.rest;
  } while (rest.startsWith("|"));
  if (!rest.startsWith(end)) throw new SyntaxError(`The rule "${text}" lacks its "${end}"`);
  return { part: { kind: "choice", ways }, rest: rest.slice(1) };
}
