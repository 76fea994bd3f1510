// Builds one predictor in a process of its own, so that its surroundings can be changed: argv is the build's options.
import { build } from "@tricast/pack";

await build(JSON.parse(process.argv[2] as string));
