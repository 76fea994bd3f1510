"""Trains handlers/digits/digits.onnx: the digit drawn in a picture of 8 x 8 pixels."""

import numpy as np
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

from publish import publish


def main() -> None:
    digits = load_digits()
    train, test, train_digits, test_digits = train_test_split(
        digits.data, digits.target, test_size=0.25, stratify=digits.target, random_state=42
    )
    network = MLPClassifier(hidden_layer_sizes=(128,), alpha=0.01, max_iter=400, random_state=42)
    pipeline = make_pipeline(MaxAbsScaler(), network).fit(train, train_digits)
    publish(
        name="digits",
        pipeline=pipeline,
        input_type=("pixels", FloatTensorType([None, 64])),
        inputs=[{"pixels": row} for row in test.astype(int).tolist()],
        batch=test.astype(np.float32),
        labels=test_digits,
        max_bytes=200_000,
    )


if __name__ == "__main__":
    main()
