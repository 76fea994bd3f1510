// Builds every package from scratch: packages/*/dist. npm run build
import { buildPackages } from "./check/build.ts";

process.exitCode = buildPackages() ? 0 : 1;
