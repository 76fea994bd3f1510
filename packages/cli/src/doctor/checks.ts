import { existsSync, statfsSync } from "node:fs";
import { join, resolve } from "node:path";
import { remoteSchemeOf } from "@tricast/core/adapter";
import { awsCredentials } from "@tricast/identity/aws";
import { checkPlan, resolvePlan, stagesOf, type TargetName } from "@tricast/plan";
import { isError } from "@tricast/plan/tools";
import { entryOf } from "../invoke/find-predictor.ts";
import { loadConfig } from "../load-config.ts";
import { formatBytes } from "../table.ts";
import { findTool, howToInstall, lastLine, type ToolResult, tryTool } from "../tools/run-tool.ts";
import { type Diagnosis, type DoctorCheck, type DoctorContext, error, ok, warning } from "./check.ts";

const OLDEST_NODE = 22;
/** Size of the artefacts of three clouds and their caches. */
const DISK_BYTES = 2e9;

const NOT_CHECKED = warning("not checked, because the configuration does not load", "correct the configuration first");

const HANDLER_FILES: Readonly<Record<TargetName, string>> = {
  aws: "aws-lambda",
  azure: "azure-functions",
  gcp: "cloud-functions",
};

/** Every check, in output order. */
export const DOCTOR_CHECKS: readonly DoctorCheck[] = [
  { name: "node", examine: async () => examineNode(process.versions.node) },
  { name: "configuration", examine: examineConfig },
  { name: "rules", examine: examineRules },
  { name: "predictors", examine: examinePredictors },
  { name: "disk-space", examine: examineDisk },
  { name: "serverless", targets: ["aws"], examine: tool("serverless", ["--version"], /(\d+\.\d+\.\d+)/) },
  { name: "aws-credentials", targets: ["aws"], examine: examineAwsCredentials },
  { name: "terraform", targets: ["azure", "gcp"], examine: tool("terraform", ["version"], /v(\d+\.\d+\.\d+)/) },
  { name: "az", targets: ["azure"], examine: tool("az", ["version"], /"azure-cli": "(\d+\.\d+\.\d+)"/) },
  {
    name: "azure-credentials",
    targets: ["azure"],
    examine: login("az", ["account", "show", "--query", "name", "--output", "tsv"], "az login"),
  },
  { name: "gcloud", targets: ["gcp"], examine: tool("gcloud", ["version"], /Google Cloud SDK (\d+\.\d+\.\d+)/) },
  {
    name: "google-credentials",
    targets: ["gcp"],
    examine: login("gcloud", ["config", "get-value", "account"], "gcloud auth login"),
  },
];

/** Node runs the configuration, and builds for the Node versions of the clouds. */
export function examineNode(version: string): Diagnosis {
  const major = Number(version.split(".")[0]);
  return major >= OLDEST_NODE
    ? ok(`Node ${version}`)
    : error(`Node ${version} is too old; the oldest supported is ${OLDEST_NODE}`, "install Node 24");
}

async function examineConfig({ configFile, folder }: DoctorContext): Promise<Diagnosis> {
  const { file, config } = await loadConfig(configFile, folder);
  return ok(`${file}: ${Object.keys(config.predictors).join(", ")} in ${stagesOf(config).join(", ")}`);
}

async function examineRules({ config, stage }: DoctorContext): Promise<Diagnosis> {
  if (config === undefined) return NOT_CHECKED;
  const findings = checkPlan(resolvePlan(config, stage));
  const names = [...new Set(findings.map(({ rule }) => rule))].join(", ");
  if (findings.some(isError)) return error(names, "run tricast plan for details");
  return findings.length > 0 ? warning(names, "run tricast plan for details") : ok("every rule passes");
}

async function examinePredictors({ config, folder, targets }: DoctorContext): Promise<Diagnosis> {
  if (config === undefined) return NOT_CHECKED;
  const missing = Object.keys(config.predictors).flatMap((name) => {
    const entry = entryOf(config, name, folder);
    const own = config.predictors[name]?.targets ?? targets;
    const wanted = ["predict", ...targets.filter((one) => own.includes(one)).map((target) => HANDLER_FILES[target])];
    return wanted.filter((file) => !hasSource(entry, file)).map((file) => join(entry, `${file}.ts`));
  });
  if (missing.length > 0)
    return error(`missing: ${missing.join(", ")}`, "write these files, or correct entry in the configuration");
  return examineModels(config, folder);
}

/** Reads the models of each predictor in a child process, like `tricast build`. */
async function examineModels(config: NonNullable<DoctorContext["config"]>, folder: string): Promise<Diagnosis> {
  const { findProject, readDefinition } = await import("@tricast/pack");
  const missing: string[] = [];
  for (const name of Object.keys(config.predictors)) {
    const entry = entryOf(config, name, folder);
    const { models } = await readDefinition(findProject(entry, entry));
    const files = models.map(({ uri }) => uri).filter((uri) => remoteSchemeOf(uri) === undefined);
    missing.push(...files.map((uri) => resolve(entry, uri)).filter((file) => !existsSync(file)));
  }
  return missing.length === 0
    ? ok("handlers and models exist")
    : error(`model missing: ${missing.join(", ")}`, "copy it there, or run: tricast models pull");
}

function hasSource(entry: string, name: string): boolean {
  return ["ts", "mts", "cts", "js", "mjs", "cjs"].some((extension) => existsSync(join(entry, `${name}.${extension}`)));
}

async function examineDisk({ folder }: DoctorContext): Promise<Diagnosis> {
  const { bavail, bsize } = statfsSync(folder);
  const free = `${formatBytes(bavail * bsize)} free`;
  return bavail * bsize >= DISK_BYTES
    ? ok(free)
    : warning(
        `${free}; builds for three clouds need up to ${formatBytes(DISK_BYTES)}`,
        "delete files, or build to another disk with --out",
      );
}

async function examineAwsCredentials({ env }: DoctorContext): Promise<Diagnosis> {
  try {
    const { accessKeyId } = await awsCredentials(env);
    return ok(`access key ${accessKeyId.slice(0, 4)}...`);
  } catch {
    const fix = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run: aws sso login";
    return error("no credentials in the environment or from the AWS CLI", fix);
  }
}

/** Checks that a program is on PATH and prints its version. */
function tool(name: string, args: readonly string[], version: RegExp): DoctorCheck["examine"] {
  return probe(name, args, ({ stdout, stderr, exitCode }) => {
    const found = version.exec(`${stdout}\n${stderr}`)?.[1];
    if (exitCode === 0 && found !== undefined) return ok(`${name} ${found}`);
    return error(`${name} ${args.join(" ")} ended with ${exitCode}: ${lastLine(stderr || stdout)}`, howToInstall(name));
  });
}

/** Checks that a program of a cloud has a logged-in account. */
function login(name: string, args: readonly string[], fix: string): DoctorCheck["examine"] {
  return probe(name, args, ({ stdout, stderr, exitCode }) => {
    const account = stdout.trim();
    // gcloud prints "(unset)" without an account.
    if (exitCode === 0 && account !== "" && account !== "(unset)") return ok(account);
    return error(`not logged in: ${lastLine(stderr) || account || "no account"}`, `run: ${fix}`);
  });
}

function probe(
  name: string,
  args: readonly string[],
  judge: (result: ToolResult) => Diagnosis,
): DoctorCheck["examine"] {
  return async ({ env, folder }) => {
    const options = { env, cwd: folder };
    if (findTool(name, options) === undefined) return error(`${name} is not on PATH`, howToInstall(name));
    return judge(await tryTool(name, args, options));
  };
}
