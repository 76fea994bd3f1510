import { cloudFunctions } from "@tricast/cloud-functions";
import predictor from "./predict.ts";

cloudFunctions(predictor);
