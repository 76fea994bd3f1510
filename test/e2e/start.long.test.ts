import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

interface Finished {
  readonly code: number | null;
  readonly output: string;
}

describe("npm start", { concurrency: false }, () => {
  for (const predictor of ["iris", "digits", "language"]) {
    it(`runs ${predictor} on three clouds that give identical answers, and exits 0`, async () => {
      const { code, output } = await finish(start(["--once", "--predictor", predictor, ...(await freePorts())]));
      assert.equal(code, 0, output);
      for (const cloud of ["AWS Lambda", "Azure Functions", "Google Cloud Functions"]) {
        assert.match(output, new RegExp(`${cloud} +200 +\\{"`));
      }
      assert.match(output, /same responses, byte for byte/);
    });
  }

  it("stays up with a curl per cloud until Ctrl-C, which leaves no port taken", async () => {
    const ports = await freePorts();
    const child = start(ports);
    const output = await printed(child, "Stop: Ctrl-C");
    assert.equal(output.match(/curl http:/g)?.length, 3, output);
    child.kill("SIGINT");
    const [code] = (await once(child, "exit")) as [number | null];
    assert.equal(code, 0);
    for (const port of ports.filter((word) => /^\d+$/.test(word))) await closeServer(await listen(Number(port)));
  });

  it("names a busy port and the option that changes it", async () => {
    const ports = await freePorts();
    const taken = Number(ports[3]);
    const server = await listen(taken);
    const { code, output } = await finish(start(["--once", ...ports]));
    await closeServer(server);
    assert.equal(code, 1);
    assert.match(output, new RegExp(`Port ${taken} for Azure Functions is taken; .*--azure-port`));
  });

  it("refuses an option and a predictor it does not know, with the nearest one", async () => {
    const option = await finish(start(["--predicter", "iris"]));
    assert.equal(option.code, 1);
    assert.match(option.output, /did you mean "--predictor"\?/);
    const predictor = await finish(start(["--predictor", "tulip"]));
    assert.equal(predictor.code, 1);
    assert.match(predictor.output, /choose one of digits, iris, language/);
  });
});

function start(args: readonly string[]): ChildProcess {
  const script = join(ROOT, "scripts/start/main.ts");
  return spawn(process.execPath, ["--conditions=@tricast/source", script, ...args], { cwd: ROOT, stdio: "pipe" });
}

async function finish(child: ChildProcess): Promise<Finished> {
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  const [code] = (await once(child, "exit")) as [number | null];
  return { code, output: chunks.join("") };
}

function printed(child: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const add = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes(text)) resolve(output);
    };
    child.stdout?.on("data", add);
    child.stderr?.on("data", add);
    child.once("exit", (code) => reject(new Error(`exit ${code} before "${text}":\n${output}`)));
  });
}

async function freePorts(): Promise<string[]> {
  const servers = await Promise.all([listen(0), listen(0), listen(0)]);
  const ports = servers.map((server) => String((server.address() as { port: number }).port));
  await Promise.all(servers.map(closeServer));
  return ["--aws-port", ports[0]!, "--azure-port", ports[1]!, "--google-port", ports[2]!];
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

async function closeServer(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
