import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { COMMANDS, commandHelp, run } from "tricast";
import { parseArguments } from "../src/parse-arguments.ts";
import { runProcess, scratchFolder } from "./support/run-cli.ts";

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8"));

async function call(line: string, env: Readonly<Record<string, string>> = {}) {
  const out: string[] = [];
  const notes: string[] = [];
  const exitCode = await run(line.split(" ").filter(Boolean), {
    env,
    version: "1.2.3",
    isTerminal: false,
    print: (text) => out.push(text),
    note: (text) => notes.push(text),
  });
  return { exitCode, out: out.join("\n"), notes: notes.join("\n") };
}

describe("the process", () => {
  it("prints the version of its package", async () => {
    assert.deepEqual(await runProcess(scratchFolder(), ["--version"]), {
      exitCode: 0,
      stdout: `${version}\n`,
      stderr: "",
    });
  });

  it("keeps standard output for answers", async () => {
    const { exitCode, stdout, stderr } = await runProcess(scratchFolder(), []);
    assert.deepEqual([exitCode, stdout], [2, ""]);
    assert.match(stderr, /^Usage: tricast COMMAND\n\nCommands:\n {2}build {3,}/);
  });
});

describe("help", () => {
  const unwrapped = (text: string) => text.replaceAll(/\s+/g, " ");

  it("lists the commands, of all and of a group", async () => {
    for (const group of ["", "models"]) {
      const { exitCode, out } = await call(`${group} --help`);
      assert.equal(exitCode, 0);
      const own = COMMANDS.filter(({ path }) => group === "" || path[0] === group);
      for (const { path, summary } of own) assert.ok(unwrapped(out).includes(`${path.join(" ")} ${summary}`));
      assert.equal(out.match(/^ {2}\S/gm)?.length, own.length);
    }
  });

  it("explains every argument and option of each command", async () => {
    for (const command of COMMANDS) {
      const { exitCode, out } = await call(`${command.path.join(" ")} --help`);
      assert.deepEqual([exitCode, out], [0, commandHelp(command)]);
      for (const { description } of [...Object.values(command.arguments), ...Object.values(command.options)]) {
        assert.ok(description.endsWith(".") && unwrapped(out).includes(description), description);
      }
    }
  });

  it("shows examples that are read without complaint", () => {
    let examples = 0;
    for (const command of COMMANDS) {
      for (const example of command.examples) {
        const words = example.split(" ");
        assert.deepEqual(words.slice(0, command.path.length), command.path);
        parseArguments(command, words.slice(command.path.length), {});
        examples++;
      }
      assert.ok(command.examples.length > 0);
    }
    assert.ok(examples >= COMMANDS.length);
  });

  it("of the README is read without complaint", async () => {
    const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
    const lines = [...readme.matchAll(/^npx tricast (.+)$/gm)].map((match) => (match[1] as string).split(" "));
    assert.ok(lines.length >= 3);
    for (const words of lines) {
      const command = COMMANDS.find(({ path }) => path.every((word, index) => word === words[index]));
      assert.ok(command, words.join(" "));
      parseArguments(command, words.slice(command.path.length), { TRICAST_STORE: "s3://bucket/models" });
    }
  });
});

describe("a command line that is wrong", () => {
  const wrong: Readonly<Record<string, RegExp>> = {
    "": /^Usage: tricast COMMAND/,
    models: /^Usage: tricast models COMMAND/,
    "modles list": /tricast has no command "modles"; did you mean "models"\?/,
    "models lst": /tricast models has no command "lst"; did you mean "list"\?/,
    "models frobnicate": /commands: push, list, show/,
    "--store x models list": /--store is before the command/,
    "models list": /--store is missing; give --store URI, or set TRICAST_STORE/,
    "models list --storr x": /unknown option --storr; did you mean "--store"\?/,
    "models list --zzzzzzzzz": /unknown option --zzzzzzzzz; options: --store, --json, --help/,
    "models list -s x": /unknown option -s/,
    "models list --store": /--store has no value; write --store URI/,
    "models list --store= --json": /--store has no value/,
    "models list --store --json": /--store has no value before --json; if --json is its value, write --store=--json/,
    "models list --store a --store b": /--store is given twice/,
    "models list --store ftp://x": /--store: "ftp:\/\/x" is not a store URI/,
    "models list --store x --json=yes": /--json is a switch; give it without "=yes"/,
    "models list --store x a b": /"b" is one argument too many/,
    "models list --store x a@b": /NAME: "a@b" is not a model's name/,
    "models push --store x": /NAME is missing: Name of the model/,
    "models push iris --store x": /PATH is missing/,
    "models push iris m --store x --metric accuracy": /--metric: "accuracy" is not KEY=VALUE/,
    "models push iris m --store x --metric a=b": /--metric: "b" is not a number/,
    "models push iris m --store x --no-store": /unknown option --no-store/,
    "models push iris m --store x --version ../y": /--version: "\.\.\/y" is not a version/,
  };
  for (const [line, message] of Object.entries(wrong)) {
    it(`is told so: tricast ${line}`, async () => {
      const { exitCode, out, notes } = await call(line);
      assert.equal(exitCode, 2);
      assert.match(notes, message);
      if (line.split(" ").includes("--json")) assert.equal(JSON.parse(out).error.code, "invalid-option");
      else assert.equal(out, "");
    });
  }

  it("names the command whose help explains it", async () => {
    assert.match((await call("models push")).notes, /For help, run: tricast models push --help$/);
    assert.match((await call("models lst")).notes, /For help, run: tricast models --help$/);
    assert.match((await call("lst")).notes, /For help, run: tricast --help$/);
  });
});

describe("options", () => {
  const push = COMMANDS.find(({ path }) => path[1] === "push") ?? assert.fail();
  const read = (line: string, env = {}) => parseArguments(push, `iris m --store x ${line}`.trim().split(" "), env);

  it("come from the command line, else from the environment, else from their default", () => {
    assert.equal(read("", { TRICAST_BY: "env" }).by, "env");
    assert.equal(read("--by me", { TRICAST_BY: "env" }).by, "me");
    assert.equal(read("", { TRICAST_BY: "" }).by, undefined);
    assert.deepEqual([read("").latest, read("--latest").latest, read("--no-latest").latest], [true, true, false]);
  });

  it("may be repeated where they say so", () => {
    const { metric, alias } = read("--metric a=1 --metric=b=2 --alias prod --alias staging");
    assert.deepEqual(
      [metric, alias],
      [
        [
          ["a", 1],
          ["b", 2],
        ],
        ["prod", "staging"],
      ],
    );
  });

  it("end at --", () => {
    assert.equal(parseArguments(push, ["--store", "x", "--", "iris", "--odd.onnx"], {}).path, "--odd.onnx");
  });
});
