"""Exports classifiers with the default options, so with ZipMap, and writes what Python's ONNX Runtime answers."""

import json
import sys
import warnings
from pathlib import Path

import lightgbm
import numpy as np
import onnxruntime
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType as ToolsFloat
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

warnings.filterwarnings("ignore")
folder = Path(sys.argv[1])
data, target = load_iris(return_X_y=True)
data = data.astype(np.float32)
names = np.array(["setosa", "versi color", "virginica.ß"])[target]
features = [("features", FloatTensorType([None, 4]))]
rows = data[::30]


def sklearn_models():
    forest = RandomForestClassifier(20, random_state=1)
    yield "numbers", LogisticRegression(max_iter=500), target
    yield "negative numbers", LogisticRegression(max_iter=500), target - 5
    yield "large numbers", DecisionTreeClassifier(max_depth=3), target + (2**53 - 1)
    yield "texts", forest, names
    yield "two classes", GradientBoostingClassifier(n_estimators=5), (target > 0).astype(int)
    yield "booleans as numbers", LogisticRegression(), (target > 1).astype(np.int64)
    yield "pipeline", make_pipeline(StandardScaler(), LogisticRegression()), names
    yield "neighbours", KNeighborsClassifier(), target
    yield "network", MLPClassifier([5], max_iter=50, random_state=1), names
    yield "bayes", GaussianNB(), names


cases = []


def keep(name, model, feeds):
    path = folder / f"{name}.onnx"
    path.write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    label, maps = session.run(None, feeds)
    cases.append({
        "name": name,
        "path": str(path),
        "outputs": [output.name for output in session.get_outputs()],
        "feeds": {key: value.tolist() for key, value in feeds.items()},
        "label": [str(one) for one in label.tolist()],
        "maps": [{str(key): float(value) for key, value in one.items()} for one in maps],
    })


for name, estimator, classes in sklearn_models():
    estimator.fit(data, classes)
    keep(name, convert_sklearn(estimator, initial_types=features), {"features": rows})

mixed = np.array([["red"], ["blue"], ["red"], ["green"]] * 10)
amounts = np.arange(40, dtype=np.int64).reshape(-1, 1) % 7
import pandas  # noqa: E402  # scikit-learn chooses columns by name from its frames

frame = pandas.DataFrame({"colour": mixed[:, 0], "amount": amounts[:, 0]})
columns = make_column_transformer((OneHotEncoder(), ["colour"]), (StandardScaler(), ["amount"]))
shop = make_pipeline(columns, LogisticRegression()).fit(frame, (amounts[:, 0] > 3).astype(int))
types = [("colour", StringTensorType([None, 1])), ("amount", Int64TensorType([None, 1]))]
keep("columns of a table", convert_sklearn(shop, initial_types=types), {"colour": mixed[:5].astype(object), "amount": amounts[:5]})

boosted = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(data, target)
keep("lightgbm", convert_lightgbm(boosted, initial_types=[("features", ToolsFloat([None, 4]))]), {"features": rows})

print(json.dumps(cases))
