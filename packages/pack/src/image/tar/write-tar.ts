import { open } from "node:fs/promises";
import { TricastError } from "@tricast/core";
import type { Content } from "../../files/artefact-file.ts";
import { BLOCK_BYTES, encodeHeader, paddingOf, type TarHeader } from "./header.ts";

const CHUNK_BYTES = 1 << 20;

export type MemberContent = Content | { readonly open: () => AsyncIterable<Uint8Array> };

/** A header and, for a file, its content. */
export interface TarMember {
  readonly header: TarHeader;
  readonly content?: MemberContent;
}

/** The archive, in order, closed by two blocks of zeros. */
export async function* writeTar(members: Iterable<TarMember>): AsyncGenerator<Uint8Array> {
  for (const { header, content } of members) {
    yield encodeHeader(header);
    if (content === undefined) continue;
    yield* exactly(readMember(content), header);
    const padding = paddingOf(header.size);
    if (padding.length > 0) yield padding;
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

async function* readMember(content: MemberContent): AsyncGenerator<Uint8Array> {
  if ("open" in content) return yield* content.open();
  if ("bytes" in content) {
    if (content.bytes.length > 0) yield Buffer.from(content.bytes);
    return;
  }
  const file = await open(content.from);
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* exactly(source: AsyncIterable<Uint8Array>, { name, size }: TarHeader): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of source) {
    seen += chunk.length;
    if (seen > size) break;
    yield chunk;
  }
  if (seen === size) return;
  throw new TricastError(
    "invalid-option",
    `${name} was ${size} bytes when the layer was begun and is now ${seen > size ? "more" : seen}; build again when nothing writes to it`,
  );
}
