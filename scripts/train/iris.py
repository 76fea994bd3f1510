"""Trains handlers/iris/iris.onnx: the species of an iris from four measurements."""

import numpy as np
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from publish import publish


def main() -> None:
    iris = load_iris()
    species = iris.target_names[iris.target]
    train, test, train_species, test_species = train_test_split(
        iris.data, species, test_size=0.3, stratify=species, random_state=42
    )
    forest = RandomForestClassifier(n_estimators=100, random_state=42).fit(train, train_species)
    batch = test.astype(np.float32)
    publish(
        name="iris",
        pipeline=forest,
        input_type=("features", FloatTensorType([None, 4])),
        inputs=[{"features": row} for row in test.tolist()],
        batch=batch,
        labels=test_species,
        max_bytes=1_000_000,
    )


if __name__ == "__main__":
    main()
