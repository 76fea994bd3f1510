/** Where Serverless keeps what it makes, and whence it uploads. */
export const PACKAGES = ".serverless";

/** The part of the Serverless Framework that the plugin uses: what v3, v4 and osls 4 have in common. */
export interface Serverless {
  readonly serviceDir: string;
  /** The configuration as it was read, with its variables resolved. */
  readonly configurationInput: Readonly<Record<string, unknown>>;
  readonly service: ServerlessService;
  /** The command line: `["deploy"]`. */
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
  readonly naming: {
    getLambdaLayerLogicalId(layer: string): string;
  };
}

export interface ServerlessService {
  readonly service: string;
  readonly provider: ProviderObject;
  readonly functions: Record<string, FunctionObject>;
  layers: Record<string, LayerObject>;
  readonly package: { readonly deploymentBucket?: unknown; readonly artifactDirectoryName?: string };
}

export interface ProviderObject {
  readonly name: string;
  readonly runtime?: string;
  readonly layers?: readonly unknown[];
  readonly vpc?: object;
  readonly tracing?: { readonly lambda?: unknown };
  readonly kmsKeyArn?: unknown;
  readonly role?: unknown;
  readonly iam?: { readonly role?: unknown };
  httpApi?: Record<string, unknown>;
  apiGateway?: Record<string, unknown>;
  compiledCloudFormationTemplate: { readonly Resources: Record<string, unknown> };
  readonly [key: string]: unknown;
}

/** One function of `serverless.yml`, which plugins change in place. */
export interface FunctionObject {
  name: string;
  description?: string;
  handler?: string;
  image?: unknown;
  runtime?: string;
  memorySize?: number;
  timeout?: number;
  architecture?: string;
  ephemeralStorageSize?: number;
  reservedConcurrency?: number;
  provisionedConcurrency?: number;
  logRetentionInDays?: number;
  versionFunction?: boolean;
  environment?: Record<string, unknown>;
  tags?: Record<string, string>;
  layers?: readonly unknown[];
  role?: unknown;
  url?: unknown;
  events?: readonly EventObject[];
  package?: { artifact?: string; [key: string]: unknown };
  /** What Serverless points permissions and integrations of every event at, where it is set. */
  targetAlias?: { readonly name: string; readonly logicalId: string };
  /** Makes serverless-esbuild skip this function. */
  skipEsbuild?: boolean;
  tricast?: unknown;
  readonly [key: string]: unknown;
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
  readonly log: { warning(text: string): void; info(text: string): void };
  readonly progress: {
    create(options: { readonly message: string }): { update(message: string): void; remove(): void };
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
