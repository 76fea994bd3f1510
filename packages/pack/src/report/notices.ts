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

function notice({ name, version, folder, manifest: { license, repository } }: InstalledPackage): string {
  const names = existsSync(folder) ? readdirSync(folder).filter((file) => NAMES.test(file)) : [];
  const texts = names.sort().map((file) => readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim());
  const home = (typeof repository === "string" ? repository : repository?.url) ?? `the package ${name}`;
  const body = texts.length > 0 ? texts : [`The package has no license text of its own; see ${home}.`];
  return [`${name} ${version}\nLicense: ${typeof license === "string" ? license : "not stated"}`, ...body].join("\n\n");
}
