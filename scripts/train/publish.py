"""The last steps of every trainer: the ONNX file, its comparison with scikit-learn, and golden vectors."""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from skl2onnx import to_onnx

ROOT = Path(__file__).resolve().parent.parent.parent
OPSET = {"": 18, "ai.onnx.ml": 3}
TOLERANCE = 1e-5


def publish(name: str, pipeline, input_type, inputs, batch, labels, max_bytes: int) -> None:
    """
    Writes handlers/<name>/<name>.onnx and test/golden/<name>.json.

    `inputs` are the held-out inputs as a client sends them, `batch` the same as the graph takes them,
    `labels` what is true of them. Stops if the graph and scikit-learn disagree on any row.
    """
    path = ROOT / "handlers" / name / f"{name}.onnx"
    size = save(pipeline, input_type, path, max_bytes)
    rows = batch.ravel() if batch.dtype == object else batch  # a text vectorizer takes one dimension
    predicted = pipeline.predict(rows)
    probabilities = pipeline.predict_proba(rows)
    difference = compare(path, input_type[0], batch, predicted, probabilities)
    accuracy = float(np.mean(predicted == labels))
    write_golden(name, pipeline.classes_, inputs, predicted, probabilities, accuracy)
    print(f"{name}: {len(inputs)} held-out rows, accuracy {accuracy:.4f}, {size} bytes, off by at most {difference:.1e}")
    print(", ".join(f"{package} {version(package)}" for package in ("scikit-learn", "skl2onnx", "onnx", "numpy")))


def save(pipeline, input_type, path: Path, max_bytes: int) -> int:
    model = to_onnx(pipeline, initial_types=[input_type], target_opset=OPSET, options={"zipmap": False})
    data = model.SerializeToString()
    onnx.checker.check_model(model)
    if len(data) > max_bytes:
        raise SystemExit(f"{path.name} has {len(data)} bytes; at most {max_bytes} are wanted")
    path.write_bytes(data)
    return len(data)


def compare(path: Path, input_name: str, batch, predicted, probabilities) -> float:
    """The largest difference of a probability, each row alone and all rows at once."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    together = session.run(["label", "probabilities"], {input_name: batch})
    alone = [session.run(["label", "probabilities"], {input_name: batch[i : i + 1]}) for i in range(len(batch))]
    largest = 0.0
    for label, scores in (together, [np.concatenate(column) for column in zip(*alone)]):
        if not np.array_equal(label, predicted):
            raise SystemExit(f"{path.name}: {np.sum(label != predicted)} labels differ from scikit-learn's")
        difference = float(np.abs(scores - probabilities).max())
        if not difference <= TOLERANCE:
            raise SystemExit(f"{path.name}: probabilities differ by {difference}; at most {TOLERANCE} is allowed")
        largest = max(largest, difference)
    return largest


def write_golden(name, classes, inputs, predicted, probabilities, accuracy) -> None:
    rows = [
        {"input": given, "label": label.item(), "probabilities": [round(p, 8) for p in row.tolist()]}
        for given, label, row in zip(inputs, predicted, probabilities)
    ]
    head = {"classes": classes.tolist(), "accuracy": round(accuracy, 6)}
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    text = f'{json.dumps(head, separators=(",", ":"))[:-1]},"rows":[\n{lines}\n]}}\n'
    path = ROOT / "test" / "golden" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
