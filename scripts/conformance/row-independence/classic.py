"""Operators of ai.onnx.ml, as exporters of scikit-learn, XGBoost and LightGBM write them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import onnx
from onnx import helper

from cases import Case, Input, Sample, Slot, constant, floats, ints, make_model, older_opsets, settings, texts

_DOMAIN = "ai.onnx.ml"


def cases() -> Iterator[Case]:
    for sample in itertools.chain(_linear(), _support_vectors(), _trees(), _features(), _labels()):
        yield from settings(sample, 4)
    yield from _through_maps()


def _ml(op: str, *slots: Slot, outputs: tuple[str, ...] = ("y",), **attributes: object) -> Sample:
    return Sample(op, 21, slots, attributes, outputs, _DOMAIN, older=False)


_TRANSFORMS = ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT")


def _linear() -> Iterator[Sample]:
    coefficients = [0.5, -1.0, 2.0, 1.5, 0.25, -0.75, 0.1, 0.2, -0.3]
    for transform in _TRANSFORMS:
        data = floats("N", 3)
        yield _ml(
            "LinearClassifier",
            data,
            outputs=("label", "scores"),
            coefficients=coefficients,
            intercepts=[0.1, 0.2, 0.3],
            classlabels_ints=[3, 5, 7],
            multi_class=1,
            post_transform=transform,
        )
        yield _ml(
            "LinearClassifier",
            data,
            outputs=("label", "scores"),
            coefficients=coefficients[:3],
            intercepts=[0.1],
            classlabels_strings=["no", "yes"],
            post_transform=transform,
        )
        yield _ml(
            "LinearRegressor",
            data,
            coefficients=coefficients,
            intercepts=[0.1, 0.2, 0.3],
            targets=3,
            post_transform=transform,
        )
    yield _ml("LinearRegressor", floats("N", 3), coefficients=coefficients[:3], targets=1)
    yield _ml("LinearRegressor", floats("N"), coefficients=coefficients[:3], targets=1)
    yield _ml(
        "LinearClassifier",
        floats("N"),
        outputs=("label", "scores"),
        coefficients=coefficients,
        intercepts=[0.1, 0.2, 0.3],
        classlabels_ints=[0, 1, 2],
    )
    yield _ml(
        "LinearClassifier",
        ints("N", 3),
        outputs=("label", "scores"),
        coefficients=coefficients,
        intercepts=[0.1, 0.2, 0.3],
        classlabels_ints=[0, 1, 2],
    )


def _support_vectors() -> Iterator[Sample]:
    vectors = [0.1, 0.2, 0.3, 1.0, -1.0, 0.5, 0.3, 0.7, -0.2, 0.9, 0.8, 0.1]
    for kernel, transform in itertools.product(("LINEAR", "RBF", "POLY", "SIGMOID"), ("NONE", "LOGISTIC", "SOFTMAX")):
        parameters = {"kernel_type": kernel, "kernel_params": [0.5, 0.1, 2.0], "post_transform": transform}
        yield _ml(
            "SVMRegressor",
            floats("N", 3),
            support_vectors=vectors,
            n_supports=4,
            coefficients=[1.0, -1.0, 0.5, 0.25],
            rho=[0.1],
            **parameters,
        )
        two = {
            "support_vectors": vectors,
            "vectors_per_class": [2, 2],
            "coefficients": [1.0, 0.5, -1.0, -0.5],
            "rho": [0.1],
        }
        yield _ml(
            "SVMClassifier", floats("N", 3), outputs=("label", "scores"), classlabels_ints=[0, 1], **two, **parameters
        )
        yield _ml(
            "SVMClassifier",
            floats("N", 3),
            outputs=("label", "scores"),
            classlabels_strings=["a", "b"],
            **two,
            **parameters,
        )
    yield _ml(
        "SVMClassifier",
        floats("N", 3),
        outputs=("label", "scores"),
        classlabels_ints=[0, 1],
        prob_a=[0.5],
        prob_b=[0.1],
        support_vectors=vectors,
        vectors_per_class=[2, 2],
        coefficients=[1.0, 0.5, -1.0, -0.5],
        rho=[0.1],
    )
    yield _ml(
        "SVMRegressor",
        floats("N"),
        support_vectors=vectors,
        n_supports=4,
        coefficients=[1.0, -1.0, 0.5, 0.25],
        rho=[0.1],
    )
    yield _ml(
        "SVMRegressor",
        floats("N", 3),
        support_vectors=vectors,
        n_supports=4,
        coefficients=[1.0, -1.0, 0.5, 0.25],
        rho=[0.1],
        one_class=1,
    )


def _trees() -> Iterator[Sample]:
    nodes = {
        "nodes_treeids": [0, 0, 0, 1, 1, 1],
        "nodes_nodeids": [0, 1, 2, 0, 1, 2],
        "nodes_featureids": [0, 0, 0, 2, 0, 0],
        "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"],
        "nodes_values": [0.1, 0.0, 0.0, -0.2, 0.0, 0.0],
        "nodes_truenodeids": [1, 0, 0, 1, 0, 0],
        "nodes_falsenodeids": [2, 0, 0, 2, 0, 0],
        "nodes_missing_value_tracks_true": [0, 0, 0, 1, 0, 0],
    }

    def leaves(prefix: str, targets: list[int]) -> dict[str, list[int] | list[float]]:
        return {
            f"{prefix}_treeids": [0, 0, 1, 1],
            f"{prefix}_nodeids": [1, 2, 1, 2],
            f"{prefix}_ids": targets,
            f"{prefix}_weights": [1.0, -2.0, 0.5, 0.25],
        }

    for transform, dims in itertools.product(_TRANSFORMS, (("N", 3), ("N", 4), ("N",))):
        yield _ml(
            "TreeEnsembleClassifier",
            floats(*dims),
            outputs=("label", "scores"),
            classlabels_int64s=[0, 1, 2],
            post_transform=transform,
            **nodes,
            **leaves("class", [0, 1, 2, 0]),
        )
        yield _ml(
            "TreeEnsembleClassifier",
            floats(*dims),
            outputs=("label", "scores"),
            classlabels_strings=["a", "b"],
            post_transform=transform,
            **nodes,
            **leaves("class", [0, 0, 0, 0]),
        )
        yield _ml(
            "TreeEnsembleRegressor",
            floats(*dims),
            n_targets=1,
            post_transform=transform,
            **nodes,
            **leaves("target", [0, 0, 0, 0]),
        )
    for how in ("SUM", "AVERAGE", "MIN", "MAX"):
        yield _ml(
            "TreeEnsembleRegressor",
            floats("N", 3),
            n_targets=2,
            aggregate_function=how,
            **nodes,
            **leaves("target", [0, 1, 1, 0]),
        )
    yield _ml(
        "TreeEnsembleRegressor", ints("N", 3, low=-2, high=3), n_targets=1, **nodes, **leaves("target", [0, 0, 0, 0])
    )
    for how in (0, 1, 2, 3):
        yield _ml(
            "TreeEnsemble",
            floats("N", 3),
            n_targets=2,
            aggregate_function=how,
            tree_roots=[0],
            nodes_featureids=[1],
            nodes_splits=helper.make_tensor("splits", onnx.TensorProto.FLOAT, [1], [0.2]),
            nodes_modes=helper.make_tensor("modes", onnx.TensorProto.UINT8, [1], [0]),
            nodes_truenodeids=[0],
            nodes_trueleafs=[1],
            nodes_falsenodeids=[1],
            nodes_falseleafs=[1],
            leaf_targetids=[0, 1],
            leaf_weights=helper.make_tensor("weights", onnx.TensorProto.FLOAT, [2], [1.5, -0.5]),
        )


def _features() -> Iterator[Sample]:
    for dims in (("N", 3), ("N", "S"), ("N",)):
        for norm in ("MAX", "L1", "L2"):
            yield _ml("Normalizer", floats(*dims), norm=norm)
        yield _ml("Binarizer", floats(*dims), threshold=0.2)
        yield _ml("Scaler", floats(*dims), offset=[0.5], scale=[2.0])
        yield _ml("Scaler", floats(*dims), offset=[0.5, 0.1, 0.2], scale=[2.0, 1.0, 0.1])
        holes = floats(*dims)
        holes.values.ravel()[::2] = np.nan
        yield _ml("Imputer", holes, imputed_value_floats=[9.0], replaced_value_float=float("nan"))
        yield _ml("Imputer", ints(*dims), imputed_value_int64s=[9], replaced_value_int64=1)
        yield _ml("Imputer", ints(*dims), imputed_value_int64s=[9, 8, 7], replaced_value_int64=1)
        yield _ml("ArrayFeatureExtractor", floats(*dims), constant([0, 0]))
        yield _ml("FeatureVectorizer", floats(*dims), inputdimensions=[3])
    yield _ml("Scaler", floats("N", 3), offset=[0.5, 0.1], scale=[2.0, 1.0])
    yield _ml("ArrayFeatureExtractor", floats("N", 3), constant([2]))
    yield _ml("ArrayFeatureExtractor", floats("N", 2, 3), constant([2, 0]))
    yield _ml("ArrayFeatureExtractor", floats("N", 3), ints("N"))
    yield _ml("FeatureVectorizer", floats("N", 3), floats("N", 2), inputdimensions=[3, 2])
    yield _ml("FeatureVectorizer", floats("N", 3), floats("N"), inputdimensions=[3, 1])


def _labels() -> Iterator[Sample]:
    words = ["a", "b b", "Cat"]
    for dims in (("N", 1), ("N", 3), ("N",)):
        yield _ml("LabelEncoder", texts(*dims), keys_strings=words, values_int64s=[3, 4, 5])
        yield _ml("LabelEncoder", ints(*dims), keys_int64s=[0, 1, 2], values_strings=words)
        yield _ml("LabelEncoder", floats(*dims), keys_floats=[0.5], values_floats=[1.5], default_float=2.5)
        yield _ml("CategoryMapper", texts(*dims), cats_strings=words, cats_int64s=[0, 1, 2])
        yield _ml("CategoryMapper", ints(*dims), cats_strings=words, cats_int64s=[0, 1, 2])
        yield _ml("OneHotEncoder", texts(*dims), cats_strings=words, zeros=1)
        yield _ml("OneHotEncoder", ints(*dims), cats_int64s=[0, 1, 2], zeros=1)
        yield _ml("OneHotEncoder", floats(*dims), cats_int64s=[0, 1, 2], zeros=1)


def _through_maps() -> Iterator[Case]:
    """Maps of a tensor's rows beside a tensor: the maps are not tensors and get no verdict."""
    for extra, op in (
        ({"classlabels_int64s": [0, 1, 2]}, "Neg"),
        ({"classlabels_strings": ["a", "b", "c"]}, "Neg"),
        ({"classlabels_int64s": [3, 5, 7]}, "Transpose"),
    ):
        data = Input("x", ("N", 3), np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]], np.float32))
        key = onnx.TensorProto.INT64 if "classlabels_int64s" in extra else onnx.TensorProto.STRING
        value = helper.make_map_type_proto(key, helper.make_tensor_type_proto(onnx.TensorProto.FLOAT, []))
        maps = helper.make_value_info("maps", helper.make_sequence_type_proto(value))
        nodes = [
            helper.make_node("ZipMap", ["x"], ["maps"], domain=_DOMAIN, **extra),
            helper.make_node(op, ["x"], ["y"]),
        ]
        model = make_model(nodes, [data], [], ["y"], _DOMAIN)
        model.graph.output.append(maps)
        yield Case("operator", _DOMAIN, "ZipMap", f"{extra}, beside {op}", model, (data,), older_opsets(21))
