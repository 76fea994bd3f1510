import { azureFunctions } from "@tricast/azure-functions";
import predictor from "./predict.ts";

azureFunctions(predictor);
