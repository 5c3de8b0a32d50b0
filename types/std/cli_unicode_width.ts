// @ts-types="./cli_unicode_width.d.ts"
export * from "npm:deno-std@1.4.0/cli/unicode_width.js";
