/** The part of Standard Schema v1 (standardschema.dev) that tricast calls; any library that follows it fits. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    /** Standard JSON Schema: present if the library offers it (zod 4.2+, arktype 2.1.28+). */
    readonly jsonSchema?: JsonSchemaConverter | undefined;
  };
}

export interface JsonSchemaConverter {
  readonly input: (options: { readonly target: "draft-2020-12" }) => JsonSchema;
  readonly output: (options: { readonly target: "draft-2020-12" }) => JsonSchema;
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A JSON Schema document, draft 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown };
