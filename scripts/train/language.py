"""Trains handlers/language/language.onnx: which language a sentence is in."""

import argparse
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from zlib import crc32

import numpy as np
from skl2onnx.common.data_types import StringTensorType
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from debian_text import LANGUAGES, read_texts, unpack
from publish import publish

NGRAMS = (1, 4)
# Number of n-grams and texts per language. Wesnoth comes first, because its texts are dialogue.
FEATURES_PER_LANGUAGE = 880
PER_SOURCE = {"wesnoth": 2500, "gnome": 1000, "chromium": 10_000}
PER_LANGUAGE = 6000
TEST_PER_LANGUAGE = 18
CUTS_PER_TEXT = 2
# Stopped before lbfgs converges (it warns): validation accuracy no longer changes, and ten times C gives the same.
C = 30
MAX_ITERATIONS = 60
UNSPACED = {"ja", "ko", "zh"}
PLACEHOLDER = re.compile(r"[$%{}<>\\|]|https?:|\.(?:com|org|net)")


def normalise(text: str) -> str:
    """Lower-case words with one space around each. handlers/language/normalise.ts does exactly the same."""
    lower = unicodedata.normalize("NFC", text).lower()
    words = "".join(c if unicodedata.category(c)[0] in "LM" else " " for c in lower).split()
    return f" {' '.join(words)} "


def tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def is_sentence(language: str, text: str) -> bool:
    """A text of some length, without placeholders and, in Asian scripts, mostly in the language's own script."""
    if PLACEHOLDER.search(text) or len(text) > 300:
        return False
    letters = normalise(text).replace(" ", "")
    if language in UNSPACED:
        return len(letters) >= 8 and sum(c > "\u1000" for c in letters) > 0.7 * len(letters)
    return len(letters) >= 20 and len(normalise(text).split()) >= 4


def read_sentences(cache: Path) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Sentences by source and language, each once, without those that are in two languages."""
    languages_of = defaultdict(set)
    rows = []
    for source, key, language, text in read_texts(cache):
        text = tidy(text)
        if is_sentence(language, text):
            rows.append((source, key, language, text))
            languages_of[text].add(language)
    sentences = defaultdict(lambda: defaultdict(list))
    seen = set()
    for source, key, language, text in rows:
        if len(languages_of[text]) == 1 and text not in seen:
            seen.add(text)
            sentences[source][language].append((key, text))
    return sentences


def part_of(source: str, key: str) -> str:
    """train, validation or test. All translations of one text are in the same part."""
    bucket = crc32(f"{source}/{key}".encode()) % 20
    return {0: "validation", 1: "test"}.get(bucket, "train")


def split(sentences):
    """Parts as lists of (text, language, source), the same on every run."""
    parts = {"train": [], "validation": [], "test": []}
    for part, rows in parts.items():
        room = Counter({language: TEST_PER_LANGUAGE if part == "test" else PER_LANGUAGE for language in LANGUAGES})
        # The test part is committed as golden vectors, so it contains texts of the permissive licence only.
        for source in ["chromium"] if part == "test" else PER_SOURCE:
            for language in LANGUAGES:
                texts = [text for key, text in sentences[source][language] if part_of(source, key) == part]
                texts = sorted(texts, key=lambda text: crc32(text.encode()))
                texts = texts[: min(room[language], PER_SOURCE[source])]
                room[language] -= len(texts)
                rows += [(text, language, source) for text in texts]
    return parts


def cut(text: str, random: np.random.Generator, language: str) -> str:
    """A short piece of the text, because people send short texts."""
    if language in UNSPACED:
        size = int(random.integers(3, 12))
        start = int(random.integers(0, max(1, len(text) - size)))
        return text[start : start + size]
    words = text.split()
    size = int(random.integers(1, 6))
    start = int(random.integers(0, max(1, len(words) - size)))
    return " ".join(words[start : start + size])


def choose_vocabulary(texts, languages) -> list[str]:
    """The n-grams that occur in most texts of each language."""
    counts = defaultdict(Counter)
    for text, language in zip(texts, languages):
        counts[language].update({text[i : i + n] for n in range(NGRAMS[0], NGRAMS[1] + 1) for i in range(len(text) - n + 1)})
    vocabulary = set()
    for language in sorted(counts):
        ranked = sorted(counts[language].items(), key=lambda item: (-item[1], item[0]))
        vocabulary.update(gram for gram, _count in ranked[:FEATURES_PER_LANGUAGE])
    return sorted(vocabulary)


def train(rows):
    random = np.random.default_rng(42)
    rows = [*rows, *((cut(text, random, language), language, source) for _ in range(CUTS_PER_TEXT) for text, language, source in rows)]
    texts = [normalise(text) for text, _, _ in rows]
    languages = [language for _, language, _ in rows]
    # No sublinear_tf: skl2onnx 1.20 turns it into log(1 + tf), scikit-learn computes 1 + log(tf).
    vectorizer = TfidfVectorizer(
        analyzer="char", lowercase=False, ngram_range=NGRAMS, vocabulary=choose_vocabulary(texts, languages)
    )
    return make_pipeline(vectorizer, LogisticRegression(C=C, max_iter=MAX_ITERATIONS)).fit(texts, languages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the Debian packages and their texts")
    parts = split(read_sentences(unpack(parser.parse_args().cache)))
    pipeline = train(parts["train"])
    for source in PER_SOURCE:
        rows = [row for row in parts["validation"] if row[2] == source]
        predicted = pipeline.predict([normalise(text) for text, _, _ in rows])
        print(f"validation, {source}: {len(rows)} texts, accuracy {np.mean(predicted == [row[1] for row in rows]):.4f}")
    texts = [text for text, _, _ in parts["test"]]
    publish(
        name="language",
        pipeline=pipeline,
        input_type=("text", StringTensorType([None, 1])),
        inputs=[{"text": text} for text in texts],
        batch=np.array([[normalise(text)] for text in texts], dtype=object),
        labels=[language for _, language, _ in parts["test"]],
        max_bytes=1_500_000,
    )


if __name__ == "__main__":
    main()
