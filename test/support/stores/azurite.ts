import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signSharedKey } from "@tricast/identity/azure";
import { createHttpClient } from "../../../packages/store/src/drivers/http/client.ts";
import type { TestServer } from "./test-server.ts";

export const ACCOUNT = "devstoreaccount1";
/** Published with Azurite, the same everywhere. */
export const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const START_MS = 30_000;

/** Microsoft's own emulator of Azure Blob Storage, which checks signatures, in a process of its own. */
export async function startAzurite(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "tricast-azurite-"));
  const main = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
  const flags = ["--inMemoryPersistence", "--blobPort", "0", "--disableTelemetry"];
  const child = spawn(process.execPath, [main, ...flags], { stdio: ["ignore", "pipe", "pipe"], cwd: folder });
  const origin = await readAddress(child);
  const address = `${origin}/${ACCOUNT}`;
  await createContainer(address, "models");
  return {
    uri: `az://${ACCOUNT}/models/store`,
    address,
    options: {},
    env: {
      AZURE_STORAGE_CONNECTION_STRING: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${address};`,
    },
    close: async () => {
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function readAddress(child: ReturnType<typeof spawn>): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => reject(new Error(`Azurite did not start: ${output}`)), START_MS);
    const read = (piece: Buffer) => {
      output += piece;
      const found = /successfully listens on (http:\/\/\S+)/.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => reject(new Error(`Azurite exited with ${code}: ${output}`)));
  });
}

export async function createContainer(address: string, name: string): Promise<void> {
  const url = new URL(`${address}/${name}?restype=container`);
  const headers: Record<string, string> = {
    "x-ms-date": new Date().toUTCString(),
    "x-ms-version": "2021-12-02",
    "content-length": "0",
  };
  const request = { method: "PUT", url, headers };
  headers.authorization = signSharedKey(request, ACCOUNT, KEY);
  const { status, body } = await createHttpClient().send(request);
  body.destroy();
  if (status !== 201) throw new Error(`Azurite answered ${status} to a new container`);
}
