import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, type BuildResult, build } from "@tricast/pack";
import { listFiles, writeFiles } from "./folders.ts";
import { REPOSITORY } from "./place.ts";

export const PREDICT = `
import { definePredictor } from "@tricast/core";
export default definePredictor({ name: "probe", examples: [{ value: 1 }], predict: ({ value }) => ({ doubled: value * 2 }) });
`;
export const HANDLER = `
import { lambda } from "@tricast/aws-lambda";
import predictor from "./predict.ts";
export const handler = lambda(predictor);
`;
export const AZURE = `
import { azureFunctions } from "@tricast/azure-functions";
import predictor from "./predict.ts";
azureFunctions(predictor);
`;
export const GOOGLE = `
import { cloudFunctions } from "@tricast/cloud-functions";
import predictor from "./predict.ts";
cloudFunctions(predictor);
`;

/** A project of somebody, with one predictor and our packages installed. */
export class TestProject {
  readonly root: string;
  readonly out: string;

  /** @param files below `handlers/probe`, besides a predictor and its Lambda handler. */
  constructor(folder: string, files: Readonly<Record<string, string | Uint8Array>> = {}) {
    this.root = folder;
    this.out = join(folder, "out");
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    for (const name of ["@tricast", "@azure", "@google-cloud"]) {
      symlinkSync(join(REPOSITORY, "node_modules", name), join(folder, "node_modules", name));
    }
    writeFiles(folder, { "package.json": JSON.stringify({ name: "project", version: "1.2.3" }) });
    this.write({ "predict.ts": PREDICT, "aws-lambda.ts": HANDLER, ...files });
  }

  write(files: Readonly<Record<string, string | Uint8Array>>): void {
    writeFiles(join(this.root, "handlers/probe"), files);
  }

  build(options: Partial<BuildOptions> = {}): Promise<readonly BuildResult[]> {
    const targets = ["aws-lambda"] as const;
    return build({ predictor: "probe", handlers: join(this.root, "handlers"), out: this.out, targets, ...options });
  }

  /** Everything that builds have left, hidden files included. */
  left(): string[] {
    mkdirSync(this.out, { recursive: true });
    return listFiles(this.out);
  }
}
