/** `@std/cli/unicode-width`, typed for the compiled package. */

export declare function unicodeWidth(text: string): number;
