import type { ObjectInfo, ReadOptions } from "../../object-store.ts";
import { conflict, missing } from "../errors.ts";
import type { WireReadOptions, WireReadResult } from "../wire.ts";
import { discard, readBody } from "./body.ts";
import { checkRangeStart, clampRange } from "./headers.ts";
import type { HttpBody, HttpReply } from "./http-types.ts";

interface ReadRequest {
  /** Method and address, for messages. */
  readonly what: string;
  readonly read: WireReadOptions;
  /** The facts of the object, from the reply's headers. */
  info(): ObjectInfo;
  /** Requests the object's facts. */
  head(): Promise<ObjectInfo | undefined>;
  /** The error for a reply of another status. */
  failure(): Promise<unknown>;
}

/**
 * The result of a GET, the same for every store.
 * @throws {TricastError} `store-conflict` if the object has another tag; the error that `failure` returns.
 */
export async function toReadResult(
  reply: HttpReply,
  { what, read, info: infoOf, head, failure }: ReadRequest,
): Promise<WireReadResult | undefined> {
  const { status, body } = reply;
  if (status === 304 || status === 416) {
    discard(reply);
    return status === 304 ? undefined : nothing(await head(), what, read);
  }
  if (status !== 200 && status !== 206) throw await failure();
  const info = orDiscarded(reply, () => {
    if (status === 206) checkRangeStart(what, reply.headers, read.range);
    return infoOf();
  });
  if (!isWanted(body, info, read, what)) return undefined;
  const { range, reuse, signal } = read;
  const { start, end } = clampRange(range, info.size);
  const rangeless = status === 200 && range !== undefined;
  return {
    info,
    body: readBody(body, { what, skip: rangeless ? start : 0, length: end - start, reuse, signal }),
    rangeless,
  };
}

/** The facts of a reply. If they are not usable, its connection is closed. */
function orDiscarded<T>({ body }: HttpReply, facts: () => T): T {
  try {
    return facts();
  } catch (error) {
    body.destroy();
    throw error;
  }
}

/**
 * Whether a reply meets the read's conditions, which some servers ignore. An empty tag is not a condition.
 * @throws {TricastError} `store-conflict`
 */
function isWanted(body: HttpBody, { tag }: ObjectInfo, { ifMatch, ifNoneMatch }: ReadOptions, what: string): boolean {
  const replaced = Boolean(ifMatch) && ifMatch !== tag;
  const known = Boolean(ifNoneMatch) && ifNoneMatch === tag;
  if (replaced || known) body.destroy();
  if (replaced) throw conflict(what);
  return !known;
}

/** The result of a range that begins at or after the object's end. Servers answer it with 416 and without a tag. */
function nothing(info: ObjectInfo | undefined, what: string, { ifMatch }: ReadOptions): WireReadResult {
  if (info === undefined) throw missing(what.replace(/^GET /, ""));
  if (ifMatch && ifMatch !== info.tag) throw conflict(what);
  return { info, body: empty() };
}

async function* empty(): AsyncGenerator<Uint8Array> {}
