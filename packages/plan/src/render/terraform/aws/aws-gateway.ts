import type { Features } from "../features.ts";
import { expr, type Part, template } from "../hcl.ts";
import { functionsIf, locals, resource } from "../terraform-module.ts";

/** An address over the aliases of all functions, with and without rollouts. */
export function aliasesOf({ rollout }: Features): string {
  return rollout ? "local.aliases" : "aws_lambda_alias.function";
}

/** Attributes that name the alias of a function. */
export function aliasOf(features: Features) {
  const alias = `${aliasesOf(features)}[each.key]`;
  return { function_name: expr(`${alias}.function_name`), qualifier: expr(`${alias}.name`) };
}

/** The functions with one kind of endpoint, as a local value. */
export function ofKind(name: string, kind: string): Part {
  return locals({ [name]: functionsIf(`try(f.endpoint.kind, null) == "${kind}"`) });
}

/** Allows only this gateway to call the alias. */
export function permission(api: string, name: string, features: Features): Part {
  return resource("aws_lambda_permission", name, {
    for_each: expr(`local.${name}`),
    ...aliasOf(features),
    action: "lambda:InvokeFunction",
    principal: "apigateway.amazonaws.com",
    source_arn: template(`\${${api}[0].execution_arn}/*/*`),
  });
}
