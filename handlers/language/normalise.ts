/**
 * Lower-case words with one space around each, as in the training data.
 * scripts/train/language.py does exactly the same.
 */
export function normalise(text: string): string {
  return ` ${text.normalize("NFC").toLowerCase().replace(NO_WORD, " ").trim()} `;
}

/** All characters except letters and the marks on them. */
const NO_WORD = /[^\p{L}\p{M}]+/gu;
