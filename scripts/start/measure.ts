import { request } from "node:http";

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly milliseconds: number;
}

export interface Measured {
  /** One response per example, in their order. */
  readonly answers: readonly Answer[];
  /** From the start of the instance to its first response. */
  readonly coldMs: number;
  /** Median of the requests after the first. */
  readonly warmMs: number;
}

const WARM_ROUNDS = 10;

/** Sends each example once, then repeats them for a warm median. `instanceBegan` is a time of `performance.now()`. */
export async function measure(url: string, examples: readonly unknown[], instanceBegan: number): Promise<Measured> {
  const answers: Answer[] = [];
  let coldMs: number | undefined;
  for (const example of examples) {
    answers.push(await post(url, JSON.stringify(example)));
    coldMs ??= performance.now() - instanceBegan;
  }
  if (coldMs === undefined) throw new Error("The predictor has no examples to send; add some under `examples`");
  const times: number[] = [];
  for (let round = 0; round < WARM_ROUNDS; round++) {
    for (const example of examples) times.push((await post(url, JSON.stringify(example))).milliseconds);
  }
  times.sort((a, b) => a - b);
  return { answers, coldMs, warmMs: times[Math.floor(times.length / 2)] as number };
}

function post(url: string, body: string): Promise<Answer> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: "POST", headers: { "content-type": "application/json" } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const milliseconds = performance.now() - started;
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8"), milliseconds });
      });
      response.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
