import assert from "node:assert/strict";
import { type OutputFile, resolvePlan } from "@tricast/plan";
import { parse, parseAllDocuments } from "yaml";
import { readCredentials } from "../../../server/src/security/authenticate.ts";
import { readSettings, type ServerSettings } from "../../../server/src/settings.ts";
import { applyPlan } from "../../../serverless-plugin/src/apply-plan.ts";
import { fromServerless } from "../../../serverless-plugin/src/from-serverless.ts";
import type { ServerlessService } from "../../../serverless-plugin/src/serverless-api.ts";
import type { RecordingTools } from "../support/script-calls.ts";
import { AzureApp } from "./azure-app.ts";
import type { Callers, Place } from "./forms.ts";
import { GoogleService } from "./google-service.ts";

/** What was rendered, and what runs the scripts among it. */
export interface Rendered {
  readonly place: Place;
  readonly files: readonly OutputFile[];
  readonly tools: RecordingTools;
  /** Default `dev`. */
  readonly stage?: string;
  /** Default `iris`. */
  readonly predictor?: string;
}

/**
 * Who can call what was rendered, by renderer and target. It reads the files as the platform does and knows nothing of
 * the plan, so that a setting the renderer drops is seen.
 */
export const CALLERS_OF: Readonly<Record<string, (rendered: Rendered) => Callers>> = {
  "serverless aws": serverless,
  "terraform aws": terraformAws,
  "terraform azure": terraformAzure,
  "terraform gcp": terraformGcp,
  "scripts azure": ({ files, tools }) => {
    const app = new AzureApp();
    app.deploy(tools, only(files));
    return app.callers;
  },
  "scripts gcp": ({ files, tools }) => {
    const service = new GoogleService();
    service.deploy(tools, only(files));
    return service.callers;
  },
  "kubernetes kubernetes": kubernetes,
  "ecs ecs": ecs,
  // InvokeEndpoint and Vertex AI's predict have no other callers than identities of the cloud.
  "sagemaker sagemaker": ({ files }) => (/AWS::SageMaker::Endpoint$/m.test(only(files).text) ? "identity" : "nobody"),
  "vertex vertex": ({ files }) => (/gcloud ai endpoints create/.test(only(files).text) ? "identity" : "nobody"),
  "azure-ml azureMl": azureMl,
  // It passes on what comes.
  "nginx nginx": ({ files }) => (/proxy_pass/.test(only(files).text) ? "everybody" : "nobody"),
};

function only(files: readonly OutputFile[]): OutputFile {
  const [file, ...others] = files;
  assert.ok(file !== undefined && others.length === 0, files.map(({ path }) => path).join());
  return file;
}

function textOf(files: readonly OutputFile[], path: string): string {
  const file = files.find((one) => one.path === path);
  assert.ok(file !== undefined, `${path} is among ${files.map((one) => one.path).join()}`);
  return file.text;
}

/** All that was found must agree: one open route is an open endpoint. */
function agreed(all: readonly Callers[]): Callers {
  const [first = "nobody", ...others] = [...new Set(all)];
  return others.length === 0 ? first : "everybody";
}

type Members = Readonly<Record<string, unknown>>;

/** What serverless-tricast tells Serverless of the document, which says who may call at each event. */
function serverless({ files, stage = "dev", predictor = "iris" }: Rendered): Callers {
  const written = parse(only(files).text);
  const document = withParams(written, written.params?.[stage] ?? {}) as typeof written;
  const service = { ...document, provider: { ...document.provider }, layers: {}, package: {} } as ServerlessService;
  const { region } = document.provider;
  const config = fromServerless({ ...document, stage, region });
  applyPlan(service, resolvePlan(config, stage));
  const { events = [], url } = service.functions[predictor] ?? {};
  const authorizers = (service.provider.httpApi?.authorizers ?? {}) as Readonly<Record<string, Members>>;
  const routes = events.map((event): Callers => {
    const { authorizer, private: needsKey } = (event.httpApi ?? event.http) as Members;
    if (needsKey === true && "http" in event) return "key";
    const { type, name } = (authorizer ?? {}) as Members;
    if (type === "aws_iam") return "identity";
    const token = authorizers[String(name)];
    return token === undefined ? "everybody" : `tokens of ${token.issuerUrl} for ${String(token.audience)}`;
  });
  const isSigned = (url as Members | undefined)?.authorizer === "aws_iam";
  return agreed([
    ...routes,
    ...(url === undefined || url === false ? [] : ([isSigned ? "identity" : "everybody"] as const)),
  ]);
}

/** A value where its variable stands, as Serverless puts it there. */
function withParams(value: unknown, params: Members): unknown {
  const [, name] = (typeof value === "string" && /^\$\{param:(\w+)(?:, null)?\}$/.exec(value)) || [];
  if (name !== undefined) return params[name] ?? null;
  if (Array.isArray(value)) return value.map((one) => withParams(one, params));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withParams(one, params)]));
}

/** The variables of one function in a stage. */
function valuesOf({ files, place, stage = "dev", predictor = "iris" }: Rendered): string {
  const [, text] = textOf(files, `terraform/${place.target}/${stage}.tfvars`).split(`\n  ${predictor} = {\n`);
  assert.ok(text !== undefined, `${predictor} has variables`);
  return text.split("\n  }\n")[0] as string;
}

/** The value of an attribute in a function's variables. */
function variable(text: string, name: string): string | undefined {
  return new RegExp(`^ +${name} += (.+)$`, "m").exec(text)?.[1];
}

function tokensIn(values: string): { readonly issuer: string; readonly audience: string } {
  const audience = JSON.parse(variable(values, "audience") ?? "[]").join();
  return { issuer: JSON.parse(variable(values, "issuer") ?? '""'), audience };
}

/** The text of a resource in a module; `undefined` where it makes none. */
function resource(main: string, type: string, name: string): string | undefined {
  const [, text] = main.split(`resource "${type}" "${name}" {\n`);
  return text?.split("\n}\n")[0];
}

/** What makes API Gateway and Lambda ask for the authorization of the variables, and how it says so. */
function askedIn(main: string, kind: Place["kind"]): { readonly text: string | undefined; readonly asks: RegExp } {
  switch (kind) {
    case "rest":
      return {
        text: /^ +rest_operations = \{$(?:.|\n)*?^ {2}\}$/m.exec(main)?.[0],
        asks: /security += \[for scheme in local\.rest_security\[f\.endpoint\.authorization\] : \{ \(scheme\) = \[\] \}\]/,
      };
    case "function-url":
      return {
        text: resource(main, "aws_lambda_function_url", "function"),
        asks: /authorization_type = each\.value\.endpoint\.authorization/,
      };
    default:
      return {
        text: resource(main, "aws_apigatewayv2_route", "http"),
        asks: /authorization_type = local\.http\[each\.value\.function\]\.endpoint\.authorization/,
      };
  }
}

function terraformAws(rendered: Rendered): Callers {
  const { files, place } = rendered;
  const values = valuesOf(rendered);
  const main = textOf(files, "terraform/aws/main.tf");
  const authorization = variable(values, "authorization");
  const { text, asks } = askedIn(main, place.kind);
  if (authorization === undefined || text === undefined) return "nobody";
  if (!asks.test(text)) return "everybody";
  switch (JSON.parse(authorization)) {
    case "AWS_IAM":
      return "identity";
    case "API_KEY":
      // Without a usage plan there is no key, and API Gateway refuses every request.
      return resource(main, "aws_api_gateway_usage_plan_key", "rest") === undefined ? "nobody" : "key";
    case "JWT":
      return tokensOnAws(main, text, values);
    default:
      return "everybody";
  }
}

function tokensOnAws(main: string, route: string, values: string): Callers {
  const authorizer = resource(main, "aws_apigatewayv2_authorizer", "jwt");
  // API Gateway refuses a route with JWT and without an authorizer.
  if (authorizer === undefined) return "nobody";
  const { issuer, audience } = tokensIn(values);
  const isChecked =
    /issuer += each\.value\.endpoint\.jwt\.issuer/.test(authorizer) &&
    /audience += each\.value\.endpoint\.jwt\.audience/.test(authorizer) &&
    /authorizer_id += try\(aws_apigatewayv2_authorizer\.jwt\[each\.value\.function\]\.id, null\)/.test(route);
  return isChecked ? `tokens of ${issuer} for ${audience}` : "everybody";
}

const TOKEN_CHECK = [
  /for_each = try\(each\.value\.endpoint\.jwt\[\*\], \[\]\)/,
  /auth_enabled +=\s+true/,
  /require_authentication += true/,
  /unauthenticated_action += "Return401"/,
  /tenant_auth_endpoint += auth_settings_v2\.value\.issuer/,
  /allowed_audiences += auth_settings_v2\.value\.audience/,
];

function terraformAzure(rendered: Rendered): Callers {
  const values = valuesOf(rendered);
  const main = textOf(rendered.files, "terraform/azure/main.tf");
  const level = variable(values, "auth_level");
  if (!/"TRICAST_AUTH_LEVEL" => e\.auth_level/.test(main) || level !== '"anonymous"') return "key";
  const { issuer, audience } = tokensIn(values);
  if (issuer === "" || !TOKEN_CHECK.every((line) => line.test(main))) return "everybody";
  return AzureApp.tokensOf(issuer, audience);
}

function terraformGcp(rendered: Rendered): Callers {
  const isPublic = variable(valuesOf(rendered), "public") === "true";
  const isOpened = /member += "allUsers"/.test(textOf(rendered.files, "terraform/gcp/main.tf"));
  return isPublic && isOpened ? "everybody" : "identity";
}

/** What the server of a container asks for with these variables. */
function server(variables: Readonly<Record<string, string>>): Callers {
  const settings = readSettings({}, 1, variables);
  if (admitsAll(settings)) return "everybody";
  if (settings.apiKeys.length > 0) return "key";
  return `tokens of ${settings.jwtIssuer} for ${settings.jwtAudience}`;
}

function admitsAll(settings: ServerSettings): boolean {
  try {
    readCredentials(settings).authenticate({}, "infer");
    return true;
  } catch (error) {
    assert.equal((error as { code?: string }).code, "unauthorized");
    return false;
  }
}

interface Variable {
  readonly name: string;
  readonly value?: string;
}

/** A reference to a secret has some value. */
function named(variables: readonly Variable[]): Readonly<Record<string, string>> {
  return Object.fromEntries(variables.map(({ name, value = "from a secret" }) => [name, value]));
}

function kubernetes({ files }: Rendered): Callers {
  const documents = parseAllDocuments(only(files).text).map(
    (one) => one.toJS() as { kind: string; spec: never } | null,
  );
  const specOf = (kind: string) => documents.find((one) => one?.kind === kind)?.spec;
  if (specOf("Service") === undefined) return "nobody";
  const { template } = specOf("Deployment") as unknown as { template: { spec: { containers: { env: Variable[] }[] } } };
  return server(named(template.spec.containers[0]?.env ?? []));
}

function ecs({ files }: Rendered): Callers {
  const { Resources } = parse(only(files).text);
  if (Resources.IrisRule === undefined) return "nobody";
  const [{ Environment, Secrets = [] }] = Resources.IrisTask.Properties.ContainerDefinitions;
  const variables = [...Environment, ...Secrets] as readonly { readonly Name: string; readonly Value?: string }[];
  return server(
    named(variables.map(({ Name, Value }) => ({ name: Name, ...(Value === undefined ? {} : { value: Value }) }))),
  );
}

function azureMl({ files }: Rendered): Callers {
  const { auth_mode: mode } = parse(textOf(files, "azure-ml/dev/iris-endpoint.yaml"));
  return mode === "key" ? "key" : mode === "aad_token" ? "identity" : "everybody";
}
