import { serve } from "@tricast/server";
import predictor from "./predict.ts";

serve(predictor);
