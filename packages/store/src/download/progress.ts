import type { Logger } from "@tricast/core";

const REDRAW_MS = 100;
const BAR = 24;

/**
 * Draws a bar on a terminal. Call `done` once at the end: it logs one line with the fields of the fetched object, or
 * nothing without fields, after an error.
 */
export function showProgress(uri: string, log: Logger | undefined) {
  const terminal = process.stderr;
  const started = performance.now();
  const draws = terminal.isTTY === true && !process.env.CI;
  let drawn = 0;
  return {
    update: (received: number, size: number) => {
      const now = performance.now();
      if (!draws || now - drawn < REDRAW_MS) return;
      drawn = now;
      terminal.write(`\r\x1b[2K${drawBar(uri, received, size, now - started)}`);
    },
    done: (fields?: Readonly<Record<string, unknown>>) => {
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
