import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Recorded events of one package of another project, each under its file's name without `.json`. */
export interface Collection {
  readonly name: string;
  /** @throws {Error} if the package is not available. */
  read(): ReadonlyMap<string, string>;
}

const GO_MODULE = "github.com/aws/aws-lambda-go@v1.55.1";
const CRATE = ["aws_lambda_events", "1.2.1"] as const;
const SAM_CLI = "aws-sam-cli==1.170.0";

export const COLLECTIONS: readonly Collection[] = [
  { name: GO_MODULE, read: readGoModule },
  { name: CRATE.join(" "), read: readCrate },
  { name: SAM_CLI, read: readSamCli },
];

function readGoModule(): ReadonlyMap<string, string> {
  const { Dir } = JSON.parse(run("go", ["mod", "download", "-json", GO_MODULE], tmpdir())) as { Dir: string };
  return readFolder(join(Dir, "events", "testdata"));
}

/** Cargo downloads a crate for a package that needs it. The fixtures are often those of the Go module, renamed. */
function readCrate(): ReadonlyMap<string, string> {
  const [name, version] = CRATE;
  return inScratch((folder) => {
    mkdirSync(join(folder, "src"));
    writeFileSync(join(folder, "src", "lib.rs"), "");
    const head = '[package]\nname = "events"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n';
    const dependency = `${name} = { version = "=${version}", default-features = false }\n`;
    writeFileSync(join(folder, "Cargo.toml"), head + dependency);
    const { packages } = JSON.parse(run("cargo", ["metadata", "--format-version", "1"], folder)) as {
      packages: { name: string; manifest_path: string }[];
    };
    const { manifest_path: manifest = "" } = packages.find((each) => each.name === name) ?? {};
    const files = readFolder(join(dirname(manifest), "src", "fixtures"));
    return new Map([...files].map(([file, text]) => [file.replace(/^example-/, ""), text]));
  });
}

/** The templates of `sam local generate-event`, each placeholder filled with its own name. */
function readSamCli(): ReadonlyMap<string, string> {
  return inScratch((folder) => {
    run("python3", ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, SAM_CLI], folder);
    const events = JSON.parse(run("python3", ["-c", READ_WHEEL, readdirSync(folder)[0] ?? ""], folder)) as object;
    const fill = (text: string) => text.replace(/\{\{\{?\s*(\w+)\s*\}?\}\}/g, "$1");
    return new Map(Object.entries(events).map(([file, text]) => [file, fill(text)]));
  });
}

const READ_WHEEL = `
import json, sys, zipfile
folder = "samcli/lib/generated_sample_events/events/"
wheel = zipfile.ZipFile(sys.argv[1])
names = [name for name in wheel.namelist() if name.startswith(folder) and name.endswith(".json")]
json.dump({name[len(folder):-5]: wheel.read(name).decode() for name in names}, sys.stdout)
`;

function readFolder(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return new Map(files.map((name) => [name.slice(0, -".json".length), readFileSync(join(folder, name), "utf8")]));
}

function inScratch<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "tricast-lambda-events-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(program: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(program, args, {
      cwd,
      encoding: "utf8",
      stdio: "pipe",
      timeout: 300_000,
      maxBuffer: 64 * 2 ** 20,
    });
  } catch (error) {
    const { code, stderr, message } = error as { code?: string; stderr?: string; message: string };
    const reason = stderr?.trim().split("\n").at(-1) || message;
    throw new Error(code === "ENOENT" ? `${program} is not installed` : `${program} failed: ${reason}`);
  }
}
