import type { ErrorCode } from "@tricast/core";
import { ERRORS } from "@tricast/core/adapter";
import { ERROR_PROSE, type ErrorProse } from "./error-prose.ts";
import { type GeneratedFile, markdownHead, markdownTable } from "./generated-file.ts";

const GROUPS: Readonly<Record<ErrorProse["group"], { readonly title: string; readonly intro: string }>> = {
  client: { title: "The request", intro: "The caller can fix these." },
  model: {
    title: "The model",
    intro: "The response has `retry-after`, because a later load can succeed.",
  },
  server: { title: "The service", intro: "The author or operator of the service can fix these." },
};

const CODES = Object.keys(ERRORS) as ErrorCode[];

export function errorsReference(): readonly GeneratedFile[] {
  const groups = Object.keys(GROUPS) as ErrorProse["group"][];
  const text = [
    markdownHead("packages/core/src/errors.ts and scripts/gen/error-prose.ts"),
    "# Errors",
    "On every platform, errors are sent to clients as `application/problem+json` with a `code` of this page; " +
      "[HTTP](http.md#errors) shows the shape. Codes are stable: match on them, and never on titles or details.",
    "If the message is hidden, the client gets the title only, and the message goes to the log with its cause.",
    summary(),
    ...groups.flatMap(section),
  ].join("\n\n");
  return [{ path: "docs/reference/errors.md", text: `${text}\n` }];
}

function summary(): string {
  const rows = CODES.map((code) => [
    `[\`${code}\`](#${code})`,
    String(ERRORS[code].status),
    ERRORS[code].title,
    ERRORS[code].expose ? "shown" : "hidden",
  ]);
  return markdownTable(["Code", "Status", "Title", "Message to the client"], rows);
}

function section(group: ErrorProse["group"]): string[] {
  const codes = CODES.filter((code) => ERROR_PROSE[code].group === group);
  return [`## ${GROUPS[group].title}`, GROUPS[group].intro, ...codes.flatMap(entry)];
}

function entry(code: ErrorCode): string[] {
  const { status, title, expose } = ERRORS[code];
  const { when, fix } = ERROR_PROSE[code];
  return [
    `### ${code}`,
    `**${status}** ${title}. The message is ${expose ? "shown to" : "hidden from"} the client.`,
    `- When: ${when}\n- What to do: ${fix}`,
  ];
}
