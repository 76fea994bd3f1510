/**
 * The index after the closing quote of the JSON string that begins at `start`, or the end of the text. In linear time:
 * a regular expression for strings takes hours for a long string without an end.
 */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text[end - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return end + 1;
  }
  return text.length;
}

/** Characters in one part. Larger parts would hold too many small strings. */
const PART_LENGTH = 16_384;

/** Joins very many pieces of text. `+=` alone keeps every piece in memory, which takes ten times the text. */
export class TextBuilder {
  private readonly parts: Buffer[] = [];
  private open = "";

  add(piece: string): void {
    this.open += piece;
    if (this.open.length >= PART_LENGTH) this.close();
  }

  toString(): string {
    this.close();
    return Buffer.concat(this.parts).toString();
  }

  private close(): void {
    this.parts.push(Buffer.from(this.open));
    this.open = "";
  }
}
