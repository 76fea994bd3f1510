import { request } from "node:http";

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly milliseconds: number;
}

export interface Measured {
  readonly first: Answer;
  /** One answer per example, in their order. */
  readonly answers: readonly Answer[];
  /** Median of the requests after the first, in milliseconds. */
  readonly warmMs: number;
}

const WARM_ROUNDS = 10;

/** Sends each example once, then again and again for a warm median. */
export async function measure(url: string, examples: readonly unknown[]): Promise<Measured> {
  const answers: Answer[] = [];
  for (const example of examples) answers.push(await post(url, JSON.stringify(example)));
  const times: number[] = answers.slice(1).map(({ milliseconds }) => milliseconds);
  for (let round = 0; round < WARM_ROUNDS; round++) {
    for (const example of examples) times.push((await post(url, JSON.stringify(example))).milliseconds);
  }
  times.sort((a, b) => a - b);
  const first = answers[0];
  if (first === undefined) throw new Error("The predictor has no examples to send; give it some under `examples`");
  return { first, answers, warmMs: times[Math.floor(times.length / 2)] as number };
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
