import { LOCAL, type LoadContext, type PlatformTraits } from "@tricast/core/adapter";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Record<string, unknown> | undefined;
}

/** A host whose instances answer many requests at a time. */
export const SERVES_MANY: PlatformTraits = { name: "many", servesMany: () => true };

export function loadContext(lines: LogLine[] = []): LoadContext {
  const at =
    (level: LogLine["level"]) =>
    (message: string, fields?: Record<string, unknown>): void => {
      lines.push({ level, message, fields });
    };
  const log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  return { predictor: "test", model: "model", platform: LOCAL, log };
}
