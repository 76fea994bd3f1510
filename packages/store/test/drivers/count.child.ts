// A process that counts up in a file by conditional writes: ROOT TIMES. Each success is one dot.
import { writeSync } from "node:fs";
import { isTricastError } from "@tricast/core";
import { openStore } from "../../src/open-store.ts";

const [, , root = "", times] = process.argv;

async function countUp(): Promise<void> {
  const store = await openStore(root);
  for (let done = 0; done < Number(times); ) {
    const found = await store.head("counter.json");
    let value = 0;
    if (found !== undefined) {
      const result = await store.read("counter.json", { ifMatch: found.tag }).catch(ignoreConflict);
      if (result === undefined) continue;
      for await (const piece of result.body) value = Number(Buffer.from(piece).toString());
    }
    const body = Buffer.from(String(value + 1));
    const written = await store.write("counter.json", body, { ifMatch: found?.tag ?? null }).catch(ignoreConflict);
    if (written === undefined) continue;
    writeSync(1, ".");
    done++;
  }
}

function ignoreConflict(error: unknown): undefined {
  if (isTricastError(error) && error.code === "store-conflict") return undefined;
  throw error;
}

void countUp();
