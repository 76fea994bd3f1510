import { functionDescription } from "../../../facts/names.ts";
import { LOG_ACTIONS, modelPermissions } from "../../../facts/permissions.ts";
import type { Features } from "../features.ts";
import { attributes, block, comment, expr, type Part, template } from "../hcl.ts";
import { data, dynamic, merged, resource } from "../terraform-module.ts";

/** The functions themselves: role, logs, layers, code, alias. */
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
  return [
    comment(
      "Lambda has no references to secrets: their values stand in the function's settings, and so in the state.",
      "Keep the state where only those who may read them can.",
    ),
    block("locals", [], {
      secrets: merged("var.functions", '  for variable, place in f.secrets : "${name}/${variable}" => place'),
    }),
    data("aws_ssm_parameter", "secret", {
      for_each: expr("{ for key, place in local.secrets : key => place.ssm if place.ssm != null }"),
      name: expr("each.value"),
    }),
    data("aws_secretsmanager_secret_version", "secret", {
      for_each: expr(
        "{ for key, place in local.secrets : key => place.secrets_manager if place.secrets_manager != null }",
      ),
      secret_id: expr("each.value"),
    }),
  ];
}

function role(features: Features): Part[] {
  const service = { type: "Service", identifiers: ["lambda.amazonaws.com"] };
  return [
    data(
      "aws_iam_policy_document",
      "lambda",
      block("statement", [], { actions: ["sts:AssumeRole"] }, block("principals", [], service)),
    ),
    resource("aws_iam_role", "function", {
      ...EACH,
      name: expr("each.value.name"),
      assume_role_policy: expr("data.aws_iam_policy_document.lambda.json"),
      tags: expr("each.value.tags"),
    }),
    data("aws_iam_policy_document", "function", EACH, ...statements(features)),
    resource("aws_iam_role_policy", "function", {
      ...EACH,
      name: "function",
      role: expr("aws_iam_role.function[each.key].id"),
      policy: expr("data.aws_iam_policy_document.function[each.key].json"),
    }),
  ];
}

function statements(features: Features): Part[] {
  return [
    block("statement", [], {
      sid: "WriteLogs",
      actions: LOG_ACTIONS,
      resources: [template("${aws_cloudwatch_log_group.function[each.key].arn}:*")],
    }),
    ...(features.models ? modelStatements() : []),
  ];
}

function modelStatements(): Part[] {
  const [bucket, objects] = ["${statement.value.bucket}", "${statement.value.objects}"];
  return modelPermissions(bucket, objects).map(({ action, resource, prefix }) =>
    dynamic(
      "statement",
      expr("each.value.models"),
      {
        actions: [action],
        resources: [template(`arn:\${data.aws_partition.current.partition}:s3:::${resource}`)],
      },
      ...(prefix === undefined
        ? []
        : [block("condition", [], { test: "StringLike", variable: "s3:prefix", values: [template(prefix)] })]),
    ),
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
    block("locals", [], {
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

/** What Lambda calls the processors, and where artefacts lie. */
export function awsLocals({ zip }: Features): Part {
  return block("locals", [], {
    architectures: { x64: "x86_64", arm64: "arm64" },
    folders: zip
      ? expr(
          "{",
          '  for name, f in var.functions : name => "${var.artefacts}/${name}/aws-lambda-${f.architecture}"',
          "}",
        )
      : undefined,
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
    EACH,
    {
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
    },
    block("ephemeral_storage", [], { size: expr("each.value.scratch_mb") }),
    block("environment", [], { variables: environment(features) }),
    attributes({
      depends_on: [expr("aws_cloudwatch_log_group.function"), expr("aws_iam_role_policy.function")],
    }),
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
  const some = (condition: string) =>
    expr(`{ for name, f in var.functions : name => f if f.rollout ${condition} null }`);
  const names = { aliases: expr("merge(aws_lambda_alias.function, aws_lambda_alias.gradual)") };
  if (!rollout) return [resource("aws_lambda_alias", "function", { ...EACH, ...alias })];
  return [
    resource("aws_lambda_alias", "function", { for_each: some("=="), ...alias }),
    comment("CodeDeploy moves these from version to version."),
    resource(
      "aws_lambda_alias",
      "gradual",
      { for_each: some("!="), ...alias },
      block("lifecycle", [], { ignore_changes: [expr("function_version"), expr("routing_config")] }),
    ),
    block("locals", [], names),
  ];
}

/** The aliases of all functions, however they are moved. */
export function aliasesOf({ rollout }: Features): string {
  return rollout ? "local.aliases" : "aws_lambda_alias.function";
}
