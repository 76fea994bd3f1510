import type { Logger } from "@tricast/core";

export interface Progress {
  update(received: number, size: number): void;
  /** Call it once at the end, without `fields` after an error. `fields` describe the fetched object. */
  done(fields?: Readonly<Record<string, unknown>>): void;
}

const REDRAW_MS = 100;
const BAR = 24;

/** Draws a bar on a terminal. At the end it logs one line. */
export function showProgress(
  uri: string,
  log: Logger | undefined,
  terminal: NodeJS.WriteStream = process.stderr,
): Progress {
  const started = performance.now();
  const draws = terminal.isTTY === true && !process.env.CI;
  let drawn = 0;
  return {
    update: (received, size) => {
      const now = performance.now();
      if (!draws || now - drawn < REDRAW_MS) return;
      drawn = now;
      terminal.write(`\r\x1b[2K${drawBar(uri, received, size, now - started)}`);
    },
    done: (fields) => {
      if (drawn > 0) terminal.write("\r\x1b[2K");
      const ms = Math.round(performance.now() - started);
      if (fields !== undefined) log?.info("model fetched", { uri, ...fields, ms });
    },
  };
}

/** One line: bar, percent, megabytes, speed, address. */
function drawBar(uri: string, received: number, size: number, ms: number): string {
  const share = size === 0 ? 1 : received / size;
  const filled = Math.round(share * BAR);
  const speed = ms === 0 ? 0 : received / 1_000 / ms;
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  const bar = "█".repeat(filled).padEnd(BAR, "░");
  return `${bar} ${percent} %  ${megabytes(received)} of ${megabytes(size)} MB  ${speed.toFixed(0)} MB/s  ${uri}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
