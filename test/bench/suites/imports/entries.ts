/** A script whose start is timed, before bundling. */
export interface Entry {
  readonly name: string;
  /** `own` is held to the goal; `store` shows what an optional package adds. */
  readonly group: "schema" | "own" | "store";
  /** Packages whose versions belong beside its figures. */
  readonly packages: readonly string[];
  readonly source: string;
  /** Left out of the bundle. */
  readonly external?: readonly string[];
}

export const EMPTY = "";

/** Kept on the global object, so that the bundler does not leave out what is measured. */
const keep = (expression: string) => `globalThis.kept = ${expression};`;

const ONNX = `import { lambda } from "@tricast/aws-lambda";
  import { definePredictor } from "@tricast/core";
  import { createService } from "@tricast/core/adapter";
  import { onnx } from "@tricast/onnx";
  ${keep('[lambda, createService(definePredictor({ name: "iris", model: onnx("iris.onnx") }))]')}`;

export const ENTRIES: readonly Entry[] = [
  {
    name: "valibot",
    group: "schema",
    packages: ["valibot"],
    source: `import * as v from "valibot";
      ${keep("v.object({ features: v.pipe(v.array(v.number()), v.length(4)) })")}`,
  },
  {
    name: "zod/mini",
    group: "schema",
    packages: ["zod"],
    source: `import * as z from "zod/mini";
      ${keep("z.object({ features: z.array(z.number()).check(z.length(4)) })")}`,
  },
  {
    name: "zod",
    group: "schema",
    packages: ["zod"],
    source: `import * as z from "zod";
      ${keep("z.object({ features: z.array(z.number()).length(4) })")}`,
  },
  {
    name: "arktype",
    group: "schema",
    packages: ["arktype"],
    source: `import { type } from "arktype";
      ${keep('type({ features: "number[] == 4" })')}`,
  },
  {
    name: "@tricast/core",
    group: "own",
    packages: ["@tricast/core"],
    source: `import { createService, definePredictor } from "@tricast/core";
      ${keep('createService(definePredictor({ name: "iris", predict: (input) => input }))')}`,
  },
  {
    name: "core + aws-lambda",
    group: "own",
    packages: ["@tricast/aws-lambda"],
    source: `import { lambda } from "@tricast/aws-lambda";
      import { definePredictor } from "@tricast/core";
      ${keep('lambda(definePredictor({ name: "iris", predict: (input) => input }))')}`,
  },
  {
    name: "core + aws-lambda + onnx, no model loaded",
    group: "own",
    packages: ["@tricast/onnx"],
    source: ONNX,
    // Needed for models that come over the network only.
    external: ["@tricast/store"],
  },
  { name: "the same with @tricast/store in the bundle", group: "store", packages: ["@tricast/store"], source: ONNX },
];
