import { existsSync, statfsSync } from "node:fs";
import { join, resolve } from "node:path";
import { messageOf, remoteSchemeOf } from "@tricast/core/adapter";
import { awsCredentials } from "@tricast/identity/aws";
import { checkPlan, resolvePlan, stagesOf, type TargetName } from "@tricast/plan";
import { isError } from "@tricast/plan/tools";
import { entryOf } from "../invoke/find-predictor.ts";
import { loadConfig } from "../load-config.ts";
import { findTool, howToInstall, lastLine, tryTool } from "../tools/run-tool.ts";
import { type Diagnosis, type DoctorCheck, error, ok, type Patient, warning } from "./check.ts";

const OLDEST_NODE = 22;
/** Artefacts of three clouds and the caches beside them. */
const ROOM_BYTES = 2e9;

const HANDLER_FILES: Readonly<Record<TargetName, string>> = {
  aws: "aws-lambda",
  azure: "azure-functions",
  gcp: "cloud-functions",
};

/** Every check, in the order of the output. */
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

/** Node runs the configuration, and builds for the Node of the clouds. */
export function examineNode(version: string): Diagnosis {
  const major = Number(version.split(".")[0]);
  return major >= OLDEST_NODE
    ? ok(`Node ${version}`)
    : error(`Node ${version}; the oldest that works is ${OLDEST_NODE}`, "install Node 24");
}

async function examineConfig({ configFile, folder }: Patient): Promise<Diagnosis> {
  try {
    const { file, config } = await loadConfig(configFile, folder);
    return ok(`${file}: ${Object.keys(config.predictors).join(", ")} in ${stagesOf(config).join(", ")}`);
  } catch (problem) {
    return error(messageOf(problem), "correct the configuration");
  }
}

async function examineRules({ config, stage }: Patient): Promise<Diagnosis> {
  if (config === undefined) return warning("not looked at, as there is no configuration", "correct that first");
  try {
    const findings = checkPlan(resolvePlan(config, stage));
    const names = [...new Set(findings.map(({ rule }) => rule))].join(", ");
    if (findings.some(isError)) return error(`${names}`, "tricast plan tells more");
    return findings.length > 0 ? warning(names, "tricast plan tells more") : ok("nothing found");
  } catch (problem) {
    return error(messageOf(problem), "correct the configuration");
  }
}

async function examinePredictors({ config, folder, targets }: Patient): Promise<Diagnosis> {
  if (config === undefined) return warning("not looked at, as there is no configuration", "correct that first");
  const missing = Object.keys(config.predictors).flatMap((name) => {
    const entry = entryOf(config, name, folder);
    const own = config.predictors[name]?.targets ?? targets;
    const wanted = ["predict", ...targets.filter((one) => own.includes(one)).map((target) => HANDLER_FILES[target])];
    return wanted.filter((file) => !hasSource(entry, file)).map((file) => join(entry, `${file}.ts`));
  });
  if (missing.length > 0) return error(`not there: ${missing.join(", ")}`, "write them, or correct entry");
  return examineModels(config, folder);
}

/** What a predictor says it loads; in a process of its own, as `tricast build` reads it. */
async function examineModels(config: NonNullable<Patient["config"]>, folder: string): Promise<Diagnosis> {
  const { findProject, readDefinition } = await import("@tricast/pack");
  const missing: string[] = [];
  for (const name of Object.keys(config.predictors)) {
    const entry = entryOf(config, name, folder);
    try {
      const { models } = await readDefinition(findProject(entry, entry));
      const files = models.map(({ uri }) => uri).filter((uri) => remoteSchemeOf(uri) === undefined);
      missing.push(...files.map((uri) => resolve(entry, uri)).filter((file) => !existsSync(file)));
    } catch (problem) {
      return error(messageOf(problem), "correct the predictor");
    }
  }
  return missing.length === 0
    ? ok("handlers and models are there")
    : error(`no model at ${missing.join(", ")}`, "put it there, or pull it: tricast models pull");
}

function hasSource(entry: string, name: string): boolean {
  return ["ts", "mts", "cts", "js", "mjs", "cjs"].some((extension) => existsSync(join(entry, `${name}.${extension}`)));
}

async function examineDisk({ folder }: Patient): Promise<Diagnosis> {
  const { bavail, bsize } = statfsSync(folder);
  const gigabytes = ((bavail * bsize) / 1e9).toFixed(1);
  return bavail * bsize >= ROOM_BYTES
    ? ok(`${gigabytes} GB free`)
    : warning(`${gigabytes} GB free, and builds of three clouds take up to 2`, "make room, or give --out another disk");
}

async function examineAwsCredentials({ env }: Patient): Promise<Diagnosis> {
  try {
    const { accessKeyId } = await awsCredentials(env);
    return ok(`access key ${accessKeyId.slice(0, 4)}...`);
  } catch {
    const fix = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run: aws sso login";
    return error("there are none, neither in the environment nor with the AWS CLI", fix);
  }
}

/** Whether a program is there and tells its version. */
function tool(name: string, args: readonly string[], version: RegExp): DoctorCheck["examine"] {
  return async ({ env, folder }) => {
    const options = { env, cwd: folder };
    if (findTool(name, options) === undefined) return error(`${name} is not on PATH`, howToInstall(name));
    const { stdout, stderr, exitCode } = await tryTool(name, args, options);
    const found = version.exec(`${stdout}\n${stderr}`)?.[1];
    if (exitCode === 0 && found !== undefined) return ok(`${name} ${found}`);
    return error(`${name} ${args.join(" ")} ended with ${exitCode}: ${lastLine(stderr || stdout)}`, howToInstall(name));
  };
}

/** Whether a program of a cloud knows who is there. */
function login(name: string, args: readonly string[], fix: string): DoctorCheck["examine"] {
  return async ({ env, folder }) => {
    const options = { env, cwd: folder };
    if (findTool(name, options) === undefined) return error(`${name} is not on PATH`, howToInstall(name));
    const { stdout, stderr, exitCode } = await tryTool(name, args, options);
    const account = stdout.trim();
    // gcloud prints this where nobody is logged in.
    if (exitCode === 0 && account !== "" && account !== "(unset)") return ok(account);
    return error(`nobody is logged in: ${lastLine(stderr) || account || "no account"}`, `run: ${fix}`);
  };
}
