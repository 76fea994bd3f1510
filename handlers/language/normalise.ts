/**
 * Lower-case words with one space around each, as in the training data.
 * scripts/train/language.py does exactly the same.
 */
export function normalise(text: string): string {
  return ` ${text.normalize("NFC").toLowerCase().replace(NO_WORD, " ").trim()} `;
}

/** Everything that is neither a letter nor a mark on one. */
const NO_WORD = /[^\p{L}\p{M}]+/gu;
