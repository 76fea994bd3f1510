import { lambda } from "@tricast/aws-lambda";
import predictor from "./predict.ts";

export const handler = lambda(predictor);
