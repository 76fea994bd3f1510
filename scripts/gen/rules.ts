import { RULE_GROUPS, RULES, type Rule } from "@tricast/plan/tools";
import { type GeneratedFile, markdownHead, markdownTable } from "./generated-file.ts";

export function rulesReference(): readonly GeneratedFile[] {
  const text = [
    markdownHead("packages/plan/src/rules"),
    "# Rules",
    `The ${RULES.length} mistakes that can be found before deployment: \`tricast plan\`, \`render\`, \`deploy\` and ` +
      "`doctor` check all of them, without a network. An error is refused by the cloud or cannot work, so it stops `render` " +
      "and `deploy`. A warning works, with a disadvantage.",
    ...RULE_GROUPS.flatMap(({ title, rules }) => [
      `## ${title}`,
      markdownTable(["Rule", "Severity"], rules.map(outline)),
      ...rules.flatMap(entry),
    ]),
  ].join("\n\n");
  return [{ path: "docs/reference/rules.md", text: `${text}\n` }];
}

function outline({ name, severity }: Rule): readonly string[] {
  return [`[\`${name}\`](#${name})`, severity];
}

function entry({ name, severity, why, source }: Rule): readonly string[] {
  const sources = source.split("; ").map((one) => (/^[\w.-]+\.[a-z]+\//.test(one) ? `<https://${one}>` : one));
  return [`### ${name}`, `**${severity}** ${why}`, `Source: ${sources.join("; ")}`];
}
