import { functionDescription } from "../../../facts/names.ts";
import { LOG_ACTIONS, modelPermissions } from "../../../facts/permissions.ts";
import type { Features } from "../features.ts";
import { comment, dynamic, expr, type Nested, nested, type Part, template } from "../hcl.ts";
import { data, functionsIf, locals, merged, resource } from "../terraform-module.ts";

/** The functions with their roles, logs, layers, code and aliases. */
export function awsFunctions(features: Features): Part[] {
  return [
    data("aws_partition", "current"),
    ...(features.secrets ? secrets() : []),
    ...role(features),
    logGroup(),
    ...(features.layers ? layers() : []),
    lambdaFunction(features),
    ...aliases(features),
  ];
}

const EACH = { for_each: expr("var.functions") };

function secrets(): Part[] {
  const inStore = (name: string) =>
    expr(`{ for key, place in local.secrets : key => place.${name} if place.${name} != null }`);
  return [
    comment(
      "Lambda has no references to secrets: the settings of the function, and so the state, contain their values.",
      "Store the state where only people who may read the secrets can read it.",
    ),
    locals({ secrets: merged("var.functions", '  for variable, place in f.secrets : "${name}/${variable}" => place') }),
    data("aws_ssm_parameter", "secret", { for_each: inStore("ssm"), name: expr("each.value") }),
    data("aws_secretsmanager_secret_version", "secret", {
      for_each: inStore("secrets_manager"),
      secret_id: expr("each.value"),
    }),
  ];
}

/** Allows a service of AWS to use a role. */
export function assumeRole(name: string, service: string): Part {
  const principals = nested({ type: "Service", identifiers: [service] });
  return data("aws_iam_policy_document", name, { statement: nested({ actions: ["sts:AssumeRole"], principals }) });
}

function role(features: Features): Part[] {
  return [
    assumeRole("lambda", "lambda.amazonaws.com"),
    resource("aws_iam_role", "function", {
      ...EACH,
      name: expr("each.value.name"),
      assume_role_policy: expr("data.aws_iam_policy_document.lambda.json"),
      tags: expr("each.value.tags"),
    }),
    data("aws_iam_policy_document", "function", {
      ...EACH,
      statement: [logStatement(), ...(features.models ? modelStatements() : [])],
    }),
    resource("aws_iam_role_policy", "function", {
      ...EACH,
      name: "function",
      role: expr("aws_iam_role.function[each.key].id"),
      policy: expr("data.aws_iam_policy_document.function[each.key].json"),
    }),
  ];
}

function logStatement(): Nested {
  return nested({
    sid: "WriteLogs",
    actions: LOG_ACTIONS,
    resources: [template("${aws_cloudwatch_log_group.function[each.key].arn}:*")],
  });
}

function modelStatements(): Nested[] {
  const [bucket, objects] = ["${statement.value.bucket}", "${statement.value.objects}"];
  return modelPermissions(bucket, objects).map(({ action, resource, prefix }) =>
    dynamic(expr("each.value.models"), {
      actions: [action],
      resources: [template(`arn:\${data.aws_partition.current.partition}:s3:::${resource}`)],
      condition:
        prefix === undefined
          ? undefined
          : nested({ test: "StringLike", variable: "s3:prefix", values: [template(prefix)] }),
    }),
  );
}

function logGroup(): Part {
  return resource("aws_cloudwatch_log_group", "function", {
    ...EACH,
    name: template("/aws/lambda/${each.value.name}"),
    retention_in_days: expr("each.value.log_retention_days"),
    tags: expr("each.value.tags"),
  });
}

function layers(): Part[] {
  return [
    comment("A predictor without a native runtime, or with its model in a store, has no such layer."),
    locals({
      layers: merged(
        "var.functions",
        '  for layer in ["runtime", "model"] : "${name}/${layer}" => {',
        "    function = f",
        '    name     = "${f.name}-${layer}"',
        '    file     = "${local.folders[name]}/${layer}-layer.zip"',
        '  } if f.packaging == "layers" && fileexists("${local.folders[name]}/${layer}-layer.zip")',
      ),
    }),
    resource("aws_lambda_layer_version", "layer", {
      for_each: expr("local.layers"),
      layer_name: expr("each.value.name"),
      filename: expr("each.value.file"),
      source_code_hash: expr("filebase64sha256(each.value.file)"),
      compatible_runtimes: [expr("var.runtime")],
      compatible_architectures: [expr("local.architectures[each.value.function.architecture]")],
    }),
  ];
}

/** Lambda's names of the architectures, and the folders of the artefacts. */
export function awsLocals({ zip }: Features): Part {
  const folder = '  for name, f in var.functions : name => "${var.artefacts}/${name}/aws-lambda-${f.architecture}"';
  return locals({
    architectures: { x64: "x86_64", arm64: "arm64" },
    folders: zip ? expr("{", folder, "}") : undefined,
  });
}

function lambdaFunction(features: Features): Part {
  const layerArns = expr(
    "[",
    '  for layer in ["runtime", "model"] : aws_lambda_layer_version.layer["${each.key}/${layer}"].arn',
    '  if contains(keys(local.layers), "${each.key}/${layer}")',
    "]",
  );
  return resource(
    "aws_lambda_function",
    "function",
    {
      ...EACH,
      function_name: expr("each.value.name"),
      description: template(functionDescription("${each.key}", "${var.service}", "${var.stage}")),
      role: expr("aws_iam_role.function[each.key].arn"),
      architectures: [expr("local.architectures[each.value.architecture]")],
      ...code(features),
      layers: features.layers ? layerArns : undefined,
    },
    {
      memory_size: expr("each.value.memory_mb"),
      timeout: expr("each.value.timeout_seconds"),
      reserved_concurrent_executions: expr("coalesce(each.value.max_instances, -1)"),
      publish: true,
      tags: expr("each.value.tags"),
      ephemeral_storage: nested({ size: expr("each.value.scratch_mb") }),
      environment: nested({ variables: environment(features) }),
      depends_on: [expr("aws_cloudwatch_log_group.function"), expr("aws_iam_role_policy.function")],
    },
  );
}

function code({ zip, image }: Features) {
  const isImage = 'each.value.packaging == "image"';
  const forZip = (text: string) => expr(image ? `${isImage} ? null : ${text}` : text);
  const file = '"${local.folders[each.key]}/function.zip"';
  return {
    package_type: image ? expr(zip ? `${isImage} ? "Image" : "Zip"` : '"Image"') : undefined,
    image_uri: image ? expr("each.value.image") : undefined,
    ...(zip && {
      filename: forZip(file),
      source_code_hash: forZip(`filebase64sha256(${file})`),
      handler: forZip('"index.handler"'),
      runtime: forZip("var.runtime"),
    }),
  };
}

function environment({ secrets }: Features) {
  if (!secrets) return expr("each.value.environment");
  return expr(
    "merge(",
    "  each.value.environment,",
    "  {",
    "    for variable, place in each.value.secrets : variable => (",
    "      place.ssm != null",
    '      ? data.aws_ssm_parameter.secret["${each.key}/${variable}"].value',
    '      : data.aws_secretsmanager_secret_version.secret["${each.key}/${variable}"].secret_string',
    "    )",
    "  },",
    ")",
  );
}

function aliases({ rollout }: Features): Part[] {
  const alias = {
    name: expr("var.alias"),
    function_name: expr("aws_lambda_function.function[each.key].function_name"),
    function_version: expr("aws_lambda_function.function[each.key].version"),
  };
  if (!rollout) return [resource("aws_lambda_alias", "function", { ...EACH, ...alias })];
  return [
    resource("aws_lambda_alias", "function", { for_each: functionsIf("f.rollout == null"), ...alias }),
    comment("CodeDeploy moves these from version to version."),
    resource("aws_lambda_alias", "gradual", {
      for_each: functionsIf("f.rollout != null"),
      ...alias,
      lifecycle: nested({ ignore_changes: [expr("function_version"), expr("routing_config")] }),
    }),
    locals({ aliases: expr("merge(aws_lambda_alias.function, aws_lambda_alias.gradual)") }),
  ];
}
