import { invalidOption } from "../../errors.ts";
import type { Content } from "../../files/artefact-file.ts";
import { oneChunk, readFileChunks } from "../blob.ts";
import { BLOCK_BYTES, encodeHeader, paddingOf, type TarHeader } from "./header.ts";

/** A header and, for a file, its content. */
export interface TarMember {
  readonly header: TarHeader;
  readonly content?: Content | { readonly open: () => AsyncIterable<Uint8Array> };
}

/** The archive, in the given order, with two blocks of zeros at its end. */
export async function* writeTar(members: Iterable<TarMember>): AsyncGenerator<Uint8Array> {
  for (const { header, content } of members) {
    yield encodeHeader(header);
    if (content === undefined) continue;
    yield* exactly(openMember(content), header);
    const padding = paddingOf(header.size);
    if (padding.length > 0) yield padding;
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

function openMember(content: NonNullable<TarMember["content"]>): AsyncIterable<Uint8Array> {
  if ("open" in content) return content.open();
  return "bytes" in content ? oneChunk(content.bytes) : readFileChunks(content.from);
}

async function* exactly(source: AsyncIterable<Uint8Array>, { name, size }: TarHeader): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of source) {
    seen += chunk.length;
    if (seen > size) break;
    yield chunk;
  }
  if (seen === size) return;
  const found = seen > size ? "more" : seen;
  throw invalidOption(
    `${name} was ${size} bytes when the layer was begun and is now ${found}; build again when nothing writes to it`,
  );
}
