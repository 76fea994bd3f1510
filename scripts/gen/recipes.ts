import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryFiles } from "../check/repository.ts";
import type { GeneratedFile } from "./generated-file.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** The members of `layers/*.json` that the builder reads, as a module, because packages publish JavaScript only. */
export function recipesModule(): readonly GeneratedFile[] {
  const files = repositoryFiles().filter((path) => /^layers\/[^/]+\.json$/.test(path));
  const recipes = files.map((path) => {
    const recipe = JSON.parse(readFileSync(join(ROOT, path), "utf8")) as Readonly<Record<string, Value>>;
    return Object.fromEntries(READ.map((key) => [key, recipe[key] ?? null]));
  });
  const text = [
    '// Made by "npm run gen" from layers/*.json; change those and run it again.',
    'import type { Recipe } from "./recipe.ts";',
    "",
    `export const RECIPES: readonly Recipe[] = ${print(recipes, "")};`,
  ].join("\n");
  return [{ path: "packages/pack/src/native/recipes.ts", text: `${text}\n` }];
}

const READ = ["package", "versions", "folder", "include"];

type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** A string after a key this short stays on its line, because the next line would not be shorter. */
const SHORT_KEY = 4;

/** In Biome's format: objects over several lines. */
function print(value: Value, indent: string): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map((item) => `\n${deeper}${print(item, deeper)},`);
    return `[${items.join("")}\n${indent}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value as Readonly<Record<string, Value>>).map(([key, member]) => {
    const text = print(member, deeper);
    const isLong =
      typeof member === "string" && deeper.length + key.length + 2 + text.length + 1 > 120 && key.length > SHORT_KEY;
    return `\n${deeper}${key}:${isLong ? `\n${deeper}  ` : " "}${text},`;
  });
  return `{${members.join("")}\n${indent}}`;
}
