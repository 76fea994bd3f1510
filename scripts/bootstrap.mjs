// Plain JavaScript for Node 20 and newer: installs what is missing, then runs a script on the pinned Node.
//   node scripts/bootstrap.mjs SCRIPT [ARGUMENT ...]
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, "node_modules");
const PINNED_NODE = join(MODULES, "node", "bin", process.platform === "win32" ? "node.exe" : "node");

const [script, ...scriptArguments] = process.argv.slice(2);
if (script === undefined) fail("usage: node scripts/bootstrap.mjs SCRIPT [ARGUMENT ...]");

refuseOldNode();
installWhatIsMissing();
run(script, scriptArguments);

function refuseOldNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) fail(`Node ${process.versions.node} is too old to start with; install Node 20 or newer`);
}

function installWhatIsMissing() {
  if (!isInstalled()) {
    console.error("Installing dependencies (once; again only when package-lock.json changes) ...");
    // The last three are settings of `npm pack`, which may have started us, and which npm passes on.
    npm("ci", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts", "--no-engine-strict", "--no-dry-run");
  }
  if (existsSync(PINNED_NODE)) return;
  // .npmrc keeps packages from running code at install time; only the pinned Node must run its script.
  npm("rebuild", "node", "--ignore-scripts=false", "--no-dry-run", "--loglevel=error");
  if (!existsSync(PINNED_NODE)) fail("npm did not install the pinned Node; delete node_modules and try again");
}

/** Whether npm's own record of installed packages has every package of the lock file, in the same version. */
function isInstalled() {
  const installed = readPackages(join(MODULES, ".package-lock.json"));
  const wanted = readPackages(join(ROOT, "package-lock.json"));
  return Object.entries(wanted).every(([path, { version, link, optional, devOptional }]) => {
    if (path === "" || link || optional || devOptional || !path.startsWith("node_modules/")) return true;
    return installed[path]?.version === version;
  });
}

function readPackages(lockFile) {
  return existsSync(lockFile) ? JSON.parse(readFileSync(lockFile, "utf8")).packages : {};
}

function npm(...command) {
  // Under `npm start`, npm provides the path of its own JavaScript file, so npm is not looked up on PATH.
  const script = process.env.npm_execpath;
  const [file, first] = script?.endsWith("js") ? [outsideNode(), [script]] : ["npm", []];
  // Without this, onnxruntime-node's install step downloads 400 MB of CUDA libraries from outside the registry.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
  const { status, error } = spawnSync(file, [...first, ...command], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "ignore", "inherit"],
    shell: first.length === 0 && process.platform === "win32",
  });
  if (error !== undefined) fail(`npm ${command[0]} could not be started: ${error.message}`);
  if (status !== 0) fail(`npm ${command[0]} failed with exit code ${status}; see its messages above`);
}

/**
 * A Node that `npm ci` does not delete while it runs: npm puts node_modules/.bin first on PATH, so from the second time
 * on, the pinned Node runs this file.
 */
function outsideNode() {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name));
  const candidates = [process.env.npm_node_execpath, process.execPath, ...onPath];
  const found = candidates.find(
    (path) => path && existsSync(path) && !realpathSync(path).startsWith(realpathSync(ROOT)),
  );
  return found ?? fail("there is no Node outside this repository to install with; put Node 20 or newer on the PATH");
}

function run(file, args) {
  const path = [dirname(PINNED_NODE), join(MODULES, ".bin"), process.env.PATH].join(delimiter);
  const child = spawn(PINNED_NODE, ["--conditions=@tricast/source", join(ROOT, file), ...args], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, PATH: path, ONNXRUNTIME_NODE_INSTALL: "skip" },
  });
  // Ctrl-C reaches the whole process group; the child decides how to stop, and we wait for it.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (error) => fail(`The pinned Node could not be started: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}

function fail(message) {
  console.error(`tricast: ${message}`);
  process.exit(1);
}
