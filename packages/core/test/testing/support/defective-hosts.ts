// Runs the suite on hosts with defects: TRICAST_DEFECTS is a JSON array of their names.
import { testAdapter } from "@tricast/core/testing";
import { DEFECTS } from "./defects.ts";
import { plainHost } from "./plain-host.ts";

for (const name of JSON.parse(process.env.TRICAST_DEFECTS ?? "[]") as string[]) {
  testAdapter(plainHost(name, DEFECTS[name]));
}
