import { fetchHandler } from "@tricast/http";
import predictor from "./predictor.ts";

/** `deno serve` reads the port from its command line, Bun from this export. */
export default { port: Number(process.env.PORT), hostname: "127.0.0.1", fetch: fetchHandler(predictor) };
