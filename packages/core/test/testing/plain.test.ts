import { testAdapter } from "@tricast/core/testing";
import { ABLE, plainHost } from "./support/plain-host.ts";

testAdapter(plainHost("a host that can do everything", { host: ABLE }));
testAdapter(plainHost("a host that says nothing of what it can do", { host: { mount: "/api/plain" } }));
testAdapter(plainHost("a host whose pings are its own", { host: { pings: "own" } }));
