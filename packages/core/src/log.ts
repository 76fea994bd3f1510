import type { Platform } from "./seam.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
/** Receives one finished line without its newline. */
export type LogSink = (level: LogLevel, line: string) => void;
export interface Logger {
  debug(m: string, f?: Record<string, unknown>): void;
  info(m: string, f?: Record<string, unknown>): void;
  warn(m: string, f?: Record<string, unknown>): void;
  error(m: string, f?: Record<string, unknown>): void;
}
