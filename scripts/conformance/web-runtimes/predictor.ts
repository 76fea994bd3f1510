import { definePredictor } from "@tricast/core";

interface Order {
  readonly does: "tell" | "stream" | "break" | "endless" | "wait" | "cookies";
}

/** Runs the action that its input names. Returns bytes unchanged. */
export default definePredictor({
  name: "ordered",
  cors: { origins: "*" },
  limits: { bodyBytes: 2_000_000 },
  load: () => ({}),
  async predict(order: Order | Uint8Array, { request, invocation, responseHeaders, signal }) {
    if (order instanceof Uint8Array) return order;
    const { path, query, headers } = request;
    const { traceparent, platform } = invocation;
    switch (order.does) {
      case "stream":
        return chunks(40);
      case "break":
        return chunks(20, new Error("the source broke"));
      case "endless":
        return chunks(Number.POSITIVE_INFINITY);
      case "cookies":
        responseHeaders["set-cookie"] = ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"];
        return 1;
      case "wait":
        console.log("waiting");
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        console.log(`aborted: ${(signal.reason as { code?: string }).code}`);
        return 1;
      default:
        return { path, query, mine: headers.constructor, traceparent, platform };
    }
  },
});

async function* chunks(count: number, failure?: Error): AsyncGenerator<Uint8Array> {
  try {
    for (let number = 0; number < count; number++) yield new Uint8Array(50_000).fill(number);
    if (failure !== undefined) throw failure;
  } finally {
    console.log("the stream has ended");
  }
}
