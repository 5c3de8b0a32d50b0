import type { SourceFile } from "./source_files.ts";

/** Text that must not stand in some files. */
interface Ban {
  /** What is banned. */
  readonly pattern: RegExp;
  /** Which files it is banned from. */
  readonly where: RegExp;
  /** Files that are the exception. */
  readonly except?: RegExp;
  /** What to do instead. */
  readonly instead: string;
}

/** The house's bans. */
export const BANS: readonly Ban[] = [
  {
    pattern: /from "dax"|\$\.raw|Deno\.Command\(|Deno\.dlopen/,
    where: /^(src|sim)\//,
    except: /^src\/kernel\/process\.ts$/,
    instead: "start processes through src/kernel/process.ts",
  },
  {
    pattern: /Date\.now|new Date\(|Math\.random|setTimeout|setInterval|performance\.now|Deno\.env/,
    where: /^sim\//,
    instead: "take time and chance from the simulation's own clock and seed",
  },
  {
    pattern: /\bas any\b|as unknown as|@ts-ignore|@ts-nocheck|@ts-expect-error/,
    where: /^(src|sim)\//,
    instead: "give it its real type",
  },
  {
    // Not a comparison, not inside a text: a name, a bracket or a parenthesis, then "!", then an
    // end.
    pattern: /[\w\])]!(?:[.;,)\]]|$)/m,
    where: /^(src|sim)\/(?!.*_test)/,
    instead: "look whether it is there",
  },
  {
    pattern: /\b(TODO|FIXME|XXX|HACK)\b|not implemented/,
    where: /\.ts$/,
    except: /^test\/tidy\//,
    instead: "do it, or say in the closing words why not",
  },
];

/**
 * Finds what must not stand in a file.
 *
 * @param file A file.
 * @returns One sentence for each.
 */
export function banFaults(file: SourceFile): string[] {
  const code = withoutTexts(file.text);
  return BANS.flatMap(({ pattern, where, except, instead }) => {
    if (!where.test(file.path) || except?.test(file.path)) return [];
    const text = pattern.source.includes("from") ? file.text : code;
    const match = pattern.exec(text);
    if (match === null) return [];
    const line = text.slice(0, match.index).split("\n").length;
    return [`${file.path}:${line} has ${JSON.stringify(match[0])}: ${instead}`];
  });
}

/** Blanks texts and comments out, so that prose is not taken for code. */
function withoutTexts(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/\/\/(?! (?:TODO|FIXME)).*$/gm, "")
    .replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
}
