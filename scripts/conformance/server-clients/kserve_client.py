"""KServe's clients over both versions of its protocol, and stubs generated from its published definition:
kserve_client.py HTTP_ADDRESS GRPC_ADDRESS OUR_DEFINITION.json"""

import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import grpc
import httpx
import numpy as np
from checks import check, rejects, run_checks
from google.protobuf import descriptor_pb2
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest
from kserve.inference_client import RESTConfig
from kserve.protocol.grpc import grpc_predict_v2_pb2 as published

HTTP, GRPC, DEFINITION = sys.argv[1:4]
BASE = f"http://{HTTP}"
FLOWERS = np.array([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]], dtype=np.float32)


def run(work):
    return asyncio.run(work())


def rest(protocol):
    return InferenceRESTClient(RESTConfig(protocol=protocol, timeout=60))


def flowers(binary):
    features = InferInput("features", list(FLOWERS.shape), "FP32")
    features.set_data_from_numpy(FLOWERS, binary_data=binary)
    return InferRequest(model_name="iris", infer_inputs=[features], request_id="7")


def labels(response):
    (label,) = [each for each in response.outputs if each.name == "label"]
    return [each.decode() if isinstance(each, bytes) else each for each in label.as_numpy().tolist()]


@check("v1: live, ready, and a model is ready")
def _():
    async def work():
        async with rest("v1") as client:
            assert await client.is_server_live(BASE)
            assert await client.is_model_ready(BASE, "iris")

    run(work)


@check("v1: predictions")
def _():
    async def work():
        async with rest("v1") as client:
            body = {"instances": [{"features": row} for row in FLOWERS.tolist()]}
            answer = await client.infer(BASE, body, model_name="iris")
            assert [each["label"] for each in answer["predictions"]] == ["setosa", "virginica"], answer

    run(work)


@check("v1: errors have their status and say what is wrong")
def _():
    async def work():
        async with rest("v1") as client:
            await client.infer(BASE, {"instances": [{"features": [1]}]}, model_name="iris")

    error = rejects(lambda: run(work), httpx.HTTPStatusError, "400")
    assert "Invalid type" in error.response.json()["error"]


@check("v2: live, ready, and a model is ready")
def _():
    async def work():
        async with rest("v2") as client:
            assert await client.is_server_live(BASE)
            assert await client.is_server_ready(BASE)
            assert await client.is_model_ready(BASE, "iris")

    run(work)


for binary in (False, True):

    @check(f"v2: inference with {'binary' if binary else 'JSON'} data")
    def _(binary=binary):
        async def work():
            async with rest("v2") as client:
                return await client.infer(BASE, flowers(binary), model_name="iris")

        response = run(work)
        assert labels(response) == ["setosa", "virginica"], response.outputs
        assert response.id == "7"

    @check(f"v2: inference over gRPC with {'raw' if binary else 'typed'} contents")
    def _(binary=binary):
        async def work():
            async with InferenceGRPCClient(GRPC) as client:
                assert await client.is_server_ready() and await client.is_server_live()
                assert await client.is_model_ready("iris")
                return await client.infer(flowers(binary), timeout=60)

        response = run(work)
        assert labels(response) == ["setosa", "virginica"], response.outputs


TYPES = {value: name[5:].lower() for name, value in descriptor_pb2.FieldDescriptorProto.Type.items()}


def fields_of(message):
    """Name to number, whether it repeats, and type. The type of a map is that of its values."""
    fields = {}
    for field in message.fields:
        of_message = field.message_type
        is_map = of_message is not None and of_message.GetOptions().map_entry
        last = of_message.fields_by_name["value"] if is_map else field
        kind = last.message_type.name if last.message_type is not None else TYPES[last.type]
        repeats = field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED
        fields[field.name] = (field.number, "map" if is_map else "repeated" if repeats else "one", kind)
    return fields


def our_fields(message):
    return {
        name: (field["id"], "map" if "keyType" in field else field.get("rule", "one"), field["type"])
        for name, field in message["fields"].items()
    }


# The two kinds of tensors with data are one message here: they have the same fields.
SAME = {"InferInputTensor": "InferTensor", "InferOutputTensor": "InferTensor"}
# KServe's own methods, which the Open Inference Protocol does not have.
ONLY_KSERVE = {"RepositoryModelLoad", "RepositoryModelUnload"}


@check("our definition has the numbers and types of the published one")
def _():
    ours = json.loads(Path(DEFINITION).read_text())["nested"]["inference"]["nested"]
    compared = 0

    def compare(message):
        nonlocal compared
        for nested in message.nested_types:
            if not nested.GetOptions().map_entry:
                compare(nested)
        if message.name.startswith("RepositoryModel"):
            return
        mine = our_fields(ours[SAME.get(message.name, message.name)])
        for name, (number, repeats, kind) in fields_of(message).items():
            assert mine[name] == (number, repeats, SAME.get(kind, kind)), (message.name, name, mine[name])
        compared += 1

    for message in published.DESCRIPTOR.message_types_by_name.values():
        compare(message)
    assert compared >= 15, compared
    methods = {each.name for each in published.DESCRIPTOR.services_by_name["GRPCInferenceService"].methods}
    assert methods - ONLY_KSERVE == set(ours["GRPCInferenceService"]["methods"])


@check("stubs that grpcio-tools makes of the published definition are answered")
def _():
    with tempfile.TemporaryDirectory() as folder:
        files = descriptor_pb2.FileDescriptorSet()
        published.DESCRIPTOR.CopyToProto(files.file.add())
        files.file[0].name = "oip_conformance.proto"
        # This process's pool already has its package name; on the wire only paths contain it.
        Path(folder, "set.bin").write_bytes(files.SerializeToString())
        command = [sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={folder}/set.bin"]
        outputs = [f"--python_out={folder}", f"--grpc_python_out={folder}", "oip_conformance.proto"]
        subprocess.run([*command, *outputs], check=True)
        script = Path(__file__).with_name("generated_stubs.py")
        done = subprocess.run([sys.executable, script, folder, GRPC], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr


run_checks()
