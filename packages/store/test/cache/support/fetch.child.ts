// A process that downloads once it is told to: FOLDER URI SHA256 CERTIFICATE
import { readFileSync } from "node:fs";
import { fetchObject } from "../../../src/fetch-object.ts";
import { openStore } from "../../../src/open-store.ts";

const [, , cacheDir, uri = "", sha256, certificate = ""] = process.argv;
const store = { ca: readFileSync(certificate, "utf8") };

const warnings: unknown[] = [];
const ignore = () => {};
const log = { debug: ignore, info: ignore, error: ignore, warn: (...line: unknown[]) => void warnings.push(line) };

process.once("message", () => {
  void fetchObject(uri, { cacheDir, sha256, store, log }).then(({ path, bytes, from }) =>
    process.send?.({ path, from, inMemory: bytes?.length, warnings }),
  );
});
void openStore("https://localhost/", store).then(() => process.send?.("ready"));
