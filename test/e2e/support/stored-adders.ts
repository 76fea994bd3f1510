// A server of models in stores: of each name in ADDERS one, where TRICAST_MODEL_<NAME> says.
import { definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import { serve } from "@tricast/server";

const names = (process.env.ADDERS ?? "").split(",");

serve(
  names.map((name) =>
    definePredictor({ name, model: onnx(`${name}.onnx`, { store: { recheckMs: 100 } }), examples: [{ x: [0] }] }),
  ),
);
