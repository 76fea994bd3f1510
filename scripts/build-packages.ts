// Builds every package from nothing: packages/*/dist. npm run build
import { buildPackages } from "./check/build.ts";

process.exitCode = buildPackages() ? 0 : 1;
