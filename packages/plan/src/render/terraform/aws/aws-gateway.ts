import type { Features } from "../features.ts";
import { block, expr, type Part, template } from "../hcl.ts";
import { resource } from "../terraform-module.ts";
import { aliasesOf } from "./aws-functions.ts";

/** The functions with one kind of endpoint, as a local value. */
export function ofKind(name: string, kind: string): Part {
  const functions = `{ for name, f in var.functions : name => f if try(f.endpoint.kind, null) == "${kind}" }`;
  return block("locals", [], { [name]: expr(functions) });
}

/** The gateway calls the alias, and only this gateway may. */
export function permission(api: string, name: string, features: Features): Part {
  return resource("aws_lambda_permission", name, {
    for_each: expr(`local.${name}`),
    function_name: expr(`${aliasesOf(features)}[each.key].function_name`),
    qualifier: expr(`${aliasesOf(features)}[each.key].name`),
    action: "lambda:InvokeFunction",
    principal: "apigateway.amazonaws.com",
    source_arn: template(`\${${api}[0].execution_arn}/*/*`),
  });
}
