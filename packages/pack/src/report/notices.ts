import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ArtefactFile, textContent } from "../files/artefact-file.ts";
import type { InstalledPackage } from "../project/installed-packages.ts";

const NAMES = /^(licen[cs]e|copying|notice)([.-].*)?$/i;
const RULE = "-".repeat(80);

/** The licenses of the third-party code in an artefact. The licenses require this file. */
export function noticesFile(packages: readonly InstalledPackage[], legalComments: string): ArtefactFile {
  const entries = packages.map(notice);
  const comments = legalComments.trim() === "" ? [] : [`Comments in the sources\n\n${legalComments.trim()}`];
  const text = `${["Third-party software in this artefact", ...entries, ...comments].join(`\n\n${RULE}\n\n`)}\n`;
  return {
    path: "THIRD-PARTY-LICENSES.txt",
    content: textContent(text),
    origin: "licenses of the packages in the artefact",
  };
}

function notice({ name, version, folder, manifest }: InstalledPackage): string {
  const texts = licenseFiles(folder).map((file) =>
    readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim(),
  );
  const body = texts.length > 0 ? texts : [`The package has no license text of its own; see ${homeOf(manifest)}.`];
  return [`${name} ${version}\nLicense: ${licenseOf(manifest)}`, ...body].join("\n\n");
}

function licenseOf({ license }: InstalledPackage["manifest"]): string {
  return typeof license === "string" ? license : "not stated";
}

function licenseFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => NAMES.test(name))
    .sort();
}

function homeOf({ repository, name }: InstalledPackage["manifest"]): string {
  const url = typeof repository === "string" ? repository : repository?.url;
  return url ?? `the package ${name}`;
}
