import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./repository.ts";
import { run } from "./run.ts";

const FOLDER = join(ROOT, "scripts", "conformance");

/** Runs every program of scripts/conformance, each of which compares us with a vendor's own code. */
export function checkConformance(): boolean {
  const programs = programNames();
  if (programs.length === 0) console.log("scripts/conformance has no program: nothing was compared");
  const passed = programs.map((name) => {
    console.log(`scripts/conformance/${name}`);
    return run(process.execPath, ["--conditions=@tricast/source", join(FOLDER, name)]);
  });
  return passed.length > 0 && passed.every(Boolean);
}

function programNames(): string[] {
  try {
    return readdirSync(FOLDER)
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .sort();
  } catch {
    return [];
  }
}
