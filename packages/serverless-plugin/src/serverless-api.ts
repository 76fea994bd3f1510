/** Folder from which Serverless uploads packages. It uploads them by file name, so every name must be unique. */
export const PACKAGES = ".serverless";

/** The part of the Serverless Framework that the plugin uses. v3, v4 and osls 4 have all of it. */
export interface Serverless {
  readonly serviceDir: string;
  /** The configuration file, with its variables resolved. */
  readonly configurationInput: Readonly<Record<string, unknown>>;
  readonly service: ServerlessService;
  /** The words of the command: `["deploy"]`. */
  readonly processedInput: { readonly commands: readonly string[] };
  readonly classes: { readonly Error: new (message: string, code?: string) => Error };
  readonly configSchemaHandler: {
    defineTopLevelProperty(name: string, schema: object): void;
    defineFunctionProperties(provider: string, schema: object): void;
  };
  getProvider(name: "aws"): AwsProvider;
}

export interface AwsProvider {
  getStage(): string;
  getRegion(): string;
  readonly naming: { getLambdaLayerLogicalId(layer: string): string };
}

export interface ServerlessService {
  readonly service: string;
  readonly provider: ProviderObject;
  readonly functions: Record<string, FunctionObject>;
  layers: Record<string, LayerObject>;
  /** CloudFormation of the user: one template, or a list of them. */
  readonly resources?: unknown;
  readonly package: { readonly deploymentBucket?: unknown; readonly artifactDirectoryName?: string };
}

export interface ProviderObject {
  readonly name: string;
  readonly layers?: readonly unknown[];
  readonly tracing?: { readonly lambda?: unknown };
  readonly iam?: { readonly role?: unknown };
  httpApi?: Record<string, unknown>;
  apiGateway?: Record<string, unknown>;
  compiledCloudFormationTemplate: { readonly Resources: Record<string, unknown> };
  readonly [key: string]: unknown;
}

/** One function of `serverless.yml`. Plugins change it in place. */
export interface FunctionObject {
  name: string;
  handler?: string;
  environment?: Record<string, unknown>;
  tags?: Record<string, string>;
  layers?: readonly unknown[];
  url?: unknown;
  events?: readonly EventObject[];
  package?: { artifact?: string; [key: string]: unknown };
  [key: string]: unknown;
}

export type EventObject = Readonly<Record<string, unknown>>;

export interface LayerObject {
  readonly name: string;
  readonly description: string;
  readonly compatibleRuntimes: readonly string[];
  readonly compatibleArchitectures: readonly string[];
  readonly package: { readonly artifact: string };
}

/** The third argument of a plugin's constructor. */
export interface PluginUtils {
  readonly log: { warning(text: string): void };
  readonly progress: {
    create(options: { readonly message: string }): { update(message: string): void; remove(): void };
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The properties of a CloudFormation resource, if it has the type. Default: any type. */
export function propertiesOf(resource: unknown, type?: string): Readonly<Record<string, unknown>> | undefined {
  if (!isRecord(resource) || !isRecord(resource.Properties)) return undefined;
  return type === undefined || resource.Type === type ? resource.Properties : undefined;
}
