import { TricastError } from "@tricast/core";
import { availableMemory } from "../../options/resources.ts";
import type { ModelOnDisk } from "./scan-folder.ts";

/** The runtime holds the weights as in the file and, for many operators, also packed for the processor. */
const COPIES = 2;
/** Memory of a session without weights. */
const SESSION_BYTES = 16_000_000;

/** @throws {TricastError} `no-memory` if the models, estimated by the sizes of their files, do not fit into free memory. */
export function refuseTooLarge(models: readonly ModelOnDisk[], available: () => number = availableMemory): void {
  const needed = models.reduce((sum, { bytes }) => sum + COPIES * bytes + SESSION_BYTES, 0);
  const free = available();
  if (needed <= free) return;
  throw new TricastError(
    "no-memory",
    `The model needs about ${megabytes(needed)} MB, and ${megabytes(free)} MB are free; unload a model first`,
  );
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
