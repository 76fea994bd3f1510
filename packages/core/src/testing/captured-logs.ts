import type { AdapterHost } from "./host.ts";

export type LogLine = Readonly<Record<string, unknown>>;

/** The log lines of a host while its tests run. They are kept out of the test report. */
export class CapturedLogs {
  private readonly lines: LogLine[] = [];
  private readonly places: readonly NonNullable<AdapterHost["captureLogs"]>[];
  private stops: (() => void)[] = [];

  /** `capture` reads the platform's own place for log lines. Standard output is always read. */
  constructor(capture: AdapterHost["captureLogs"]) {
    this.places = capture === undefined ? [captureStandardOutput] : [captureStandardOutput, capture];
  }

  begin(): void {
    const keep = (line: string) => void this.lines.push(JSON.parse(line) as LogLine);
    this.stops = this.places.map((capture) => capture(keep));
  }

  end(): void {
    for (const stop of this.stops) stop();
  }

  /** For {@link CapturedLogs.since}. */
  mark(): number {
    return this.lines.length;
  }

  /** The lines after a mark. Waits a moment until `isWanted` accepts `count` of them: a host may write lines late. */
  async since(mark: number, isWanted: (line: LogLine) => boolean, count: number): Promise<readonly LogLine[]> {
    const wanted = () => this.lines.slice(mark).filter(isWanted);
    for (let turn = 0; turn < MOST_TURNS && wanted().length < count; turn++) await pause(TURN_MS);
    // One more turn, to catch a line too many.
    await pause(TURN_MS);
    return wanted();
  }
}

const TURN_MS = 10;
const MOST_TURNS = 100;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Passes everything through except lines that begin as JSON objects, so the test report stays. */
function captureStandardOutput(onLine: (line: string) => void): () => void {
  const { stdout } = process;
  const write = stdout.write;
  const capturing = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    if (typeof chunk !== "string" || !chunk.startsWith("{")) return Reflect.apply(write, stdout, [chunk, ...rest]);
    for (const line of chunk.split("\n")) if (line !== "") onLine(line);
    return true;
  };
  stdout.write = capturing;
  return () => {
    stdout.write = write;
  };
}
