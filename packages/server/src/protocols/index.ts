import type { Protocol } from "../route.ts";
import { azureMl } from "./azure-ml/azure-ml.ts";
import { kserveV1 } from "./kserve-v1/kserve-v1.ts";
import { openInference } from "./open-inference/open-inference.ts";
import { sagemaker } from "./sagemaker/sagemaker.ts";
import { vertex } from "./vertex/vertex.ts";

/** Every protocol of the server, each in its own folder. The `routes` of a protocol decide which routes it has. */
export const PROTOCOLS: readonly Protocol[] = [openInference, kserveV1, sagemaker, vertex, azureMl];
