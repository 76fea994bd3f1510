import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toBytes } from "./binary-lines.ts";

/** A body as a case has it: JSON or text, then binary data; `undefined` where the case says nothing of it. */
export interface CaseBody {
  readonly json: string | undefined;
  readonly text: string | undefined;
  readonly binary: Uint8Array | undefined;
}

export interface GoldenCase {
  readonly file: string;
  readonly title: string;
  readonly server: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: CaseBody;
  readonly status: number;
  /** Expected value of a header; `*` is any value, `-` an absent header. */
  readonly expectedHeaders: Readonly<Record<string, string>>;
  readonly expected: CaseBody;
}

const FOLDER = fileURLToPath(new URL("./cases/", import.meta.url));

/**
 * The cases of all files. A file begins with `@server NAME`; a case is
 *
 *     == what it shows
 *     POST /path
 *     header: value
 *     {"json": "body"}
 *     <f32 1 2 3>
 *     --> 200
 *     header: value
 *     {"expected": "body"}
 *
 * where lines of `| text` are a body of text, and lines in angle brackets are bytes (binary-lines.ts).
 */
export function readCases(): readonly GoldenCase[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .flatMap((file) => parseCases(file, readFileSync(`${FOLDER}${file}`, "utf8")));
}

export function parseCases(file: string, source: string): readonly GoldenCase[] {
  const [head = "", ...cases] = source.split(/^== /m);
  const server = /^@server (\S+)$/m.exec(head)?.[1];
  if (server === undefined) throw new Error(`${file} does not begin with @server NAME`);
  return cases.map((text) => parseCase(file, server, text));
}

function parseCase(file: string, server: string, source: string): GoldenCase {
  const lines = source.split("\n").filter((line) => line.trim() !== "");
  const title = lines[0] ?? "";
  const turn = lines.findIndex((line) => line.startsWith("--> "));
  if (turn === -1) throw new Error(`${file}: "${title}" expects nothing`);
  const [method = "", path = ""] = (lines[1] ?? "").split(" ");
  const asked = parseMessage(lines.slice(2, turn));
  const answered = parseMessage(lines.slice(turn + 1));
  return {
    file,
    title,
    server,
    method,
    path,
    headers: asked.headers,
    body: asked.body,
    status: Number(lines[turn]!.slice(4)),
    expectedHeaders: answered.headers,
    expected: answered.body,
  };
}

const HEADER = /^([a-z][a-z0-9-]*): (.*)$/;

function parseMessage(lines: readonly string[]): { headers: Record<string, string>; body: CaseBody } {
  const headers: Record<string, string> = {};
  let at = 0;
  for (let match = HEADER.exec(lines[at] ?? ""); match !== null; match = HEADER.exec(lines[++at] ?? ""))
    headers[match[1]!] = match[2]!;
  const rest = lines.slice(at);
  const binary = rest.filter((line) => line.startsWith("<"));
  const text = rest.filter((line) => line.startsWith("|"));
  const json = rest.filter((line) => !line.startsWith("<") && !line.startsWith("|"));
  return {
    headers,
    body: {
      json: json.length > 0 ? json.join("\n") : undefined,
      text: text.length > 0 ? text.map((line) => `${line.slice(2)}\n`).join("") : undefined,
      binary: binary.length > 0 ? Buffer.concat(binary.map(toBytes)) : undefined,
    },
  };
}
