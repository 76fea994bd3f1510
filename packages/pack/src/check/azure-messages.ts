/** Messages between Azure's host and its worker (github.com/Azure/azure-functions-language-worker-protobuf). */
export interface RpcTypedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly collectionString?: { readonly string: readonly string[] };
  readonly collectionBytes?: { readonly bytes: readonly Uint8Array[] };
  readonly http?: RpcHttp;
}

export interface RpcHttp {
  readonly url?: string;
  readonly method?: string;
  readonly nullableHeaders?: NullableMap;
  readonly nullableQuery?: NullableMap;
  readonly nullableParams?: NullableMap;
  readonly statusCode?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly RpcCookie[];
  readonly body?: RpcTypedData | undefined;
}

export interface RpcCookie {
  readonly name: string;
  readonly value: string;
  readonly domain?: Nullable<string>;
  readonly path?: Nullable<string>;
  readonly expires?: Nullable<{ readonly seconds: number }>;
  readonly maxAge?: Nullable<number>;
  readonly secure?: Nullable<boolean>;
  readonly httpOnly?: Nullable<boolean>;
  readonly sameSite?: "none" | "lax" | "strict" | "explicitNone";
}

type Nullable<T> = { readonly value: T } | undefined;
type NullableMap = Readonly<Record<string, { readonly value: string }>>;
