import { describeModel } from "./http/metadata.ts";
import { schemaOf } from "./http/openapi.ts";
import { type Generation, MAIN } from "./model/generation.ts";
import type { AnyPredictor } from "./predictor.ts";
import type { Description } from "./seam.ts";

export async function describeService(
  predictor: AnyPredictor,
  version: string,
  generation: Generation,
): Promise<Description> {
  const { exactIntegers, zeroCode } = generation.view("").engine;
  const main = generation.parts.find(({ key }) => key === MAIN);
  return {
    name: predictor.definition.name,
    version,
    description: predictor.definition.description,
    zeroCode: zeroCode !== undefined,
    exactIntegers,
    metadata: main === undefined ? undefined : describeModel(main),
    inputJsonSchema: await schemaOf(predictor, "input", zeroCode?.inputJsonSchema),
    outputJsonSchema: await schemaOf(predictor, "output", zeroCode?.outputJsonSchema),
  };
}
