// Publishes the packages of a JSON file: FILE DIST_TAG. In a process of its own, because it waits for npm and npm for the registry.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { NOT_A_SCRIPT, type PackedPackage } from "../../../scripts/check/pack.ts";
import { publishPackages } from "../../../scripts/publish/publish-packages.ts";

const [file = "", distTag = "latest"] = process.argv.slice(2);
const packages = JSON.parse(readFileSync(file, "utf8")) as readonly PackedPackage[];
const options = { cwd: dirname(file), env: NOT_A_SCRIPT, provenance: false, distTag };
process.exitCode = publishPackages(packages, options) ? 0 : 1;
