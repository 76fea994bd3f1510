import { type Fence, fencesOf } from "../../../scripts/check/markdown.ts";
import { readText, repositoryFiles } from "../../../scripts/check/repository.ts";

export interface Block extends Fence {
  readonly document: string;
  /** `README.md:12`, for messages. */
  readonly place: string;
}

export const documents = repositoryFiles().filter((file) => file.endsWith(".md"));
export const blocks: readonly Block[] = documents.flatMap((document) =>
  fencesOf(readText(document) ?? "").map((fence) => ({ ...fence, document, place: `${document}:${fence.line}` })),
);
export const isExcerpt = ({ attributes }: Fence) =>
  attributes.file !== undefined || attributes["part-of"] !== undefined;

export function blocksIn(...languages: readonly string[]): readonly Block[] {
  return blocks.filter((block) => languages.includes(block.language));
}
