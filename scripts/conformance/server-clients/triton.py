"""tritonclient over HTTP and over gRPC: triton.py HTTP_ADDRESS GRPC_ADDRESS"""

import queue
import sys

import numpy as np
import tritonclient.grpc as grpc_client
import tritonclient.http as http_client
from checks import check, rejects, run_checks
from tritonclient.utils import InferenceServerException

HTTP, GRPC = sys.argv[1:3]
A = np.array([[1, 2], [3, 4]], dtype=np.float32)
B = np.array([[10, 20], [40, 30]], dtype=np.float32)

# Every datatype of the client, through graphs that return their input.
VALUES = {
    "bool": ("BOOL", np.array([[True, False], [False, True]])),
    "uint8": ("UINT8", np.array([[0, 1], [254, 255]], dtype=np.uint8)),
    "uint16": ("UINT16", np.array([[0, 65535]], dtype=np.uint16)),
    "uint32": ("UINT32", np.array([[0, 4294967295]], dtype=np.uint32)),
    "uint64": ("UINT64", np.array([[9007199254740993, 18446744073709551615]], dtype=np.uint64)),
    "int8": ("INT8", np.array([[-128, 127]], dtype=np.int8)),
    "int16": ("INT16", np.array([[-32768, 32767]], dtype=np.int16)),
    "int32": ("INT32", np.array([[-2147483648, 2147483647]], dtype=np.int32)),
    "int64": ("INT64", np.array([[-9223372036854775808, 9007199254740993]], dtype=np.int64)),
    "fp16": ("FP16", np.array([[0.5, -65504]], dtype=np.float16)),
    "fp32": ("FP32", np.array([[0.1, np.inf], [np.nan, -0.0]], dtype=np.float32)),
    "fp64": ("FP64", np.array([[0.1, 1e300]], dtype=np.float64)),
    "bytes": ("BYTES", np.array([[b"", "h\u00e9llo".encode()]], dtype=np.object_)),
}


def tensor(module, name, datatype, values, **how):
    given = module.InferInput(name, list(values.shape), datatype)
    given.set_data_from_numpy(values, **how)
    return given


def same(seen, values):
    assert seen.dtype == values.dtype, (seen.dtype, values.dtype)
    if values.dtype == np.object_:
        assert seen.tolist() == values.tolist(), seen
    else:
        np.testing.assert_array_equal(seen, values)


for protocol, module, address in (("http", http_client, HTTP), ("grpc", grpc_client, GRPC)):

    def declare(protocol=protocol, module=module, client=module.InferenceServerClient(address)):
        @check(f"{protocol}: is live and ready, and so is a model")
        def _():
            assert client.is_server_live() and client.is_server_ready()
            assert client.is_model_ready("arithmetic") and client.is_model_ready("arithmetic", "1")

        @check(f"{protocol}: metadata of the server and of a model")
        def _():
            server, model = client.get_server_metadata(), client.get_model_metadata("arithmetic")
            if protocol == "http":
                assert "binary_tensor_data" in server["extensions"]
                assert [each["name"] for each in model["outputs"]] == ["sum", "difference", "most"]
            else:
                assert "binary_tensor_data" in server.extensions
                assert [each.name for each in model.outputs] == ["sum", "difference", "most"]

        for name, (datatype, values) in VALUES.items():

            @check(f"{protocol}: {datatype} in binary, there and back")
            def _(name=name, datatype=datatype, values=values):
                same(client.infer(name, [tensor(module, "x", datatype, values)]).as_numpy("y"), values)

        @check(f"{protocol}: outputs by name, id and version")
        def _():
            inputs = [tensor(module, "a", "FP32", A), tensor(module, "b", "FP32", B)]
            outputs = [module.InferRequestedOutput("most"), module.InferRequestedOutput("difference")]
            result = client.infer("arithmetic", inputs, outputs=outputs, request_id="7", model_version="1")
            same(result.as_numpy("most"), np.array([1, 0], dtype=np.int64))
            same(result.as_numpy("difference"), A - B)
            assert result.as_numpy("sum") is None
            response = result.get_response()
            assert (response["id"] if protocol == "http" else response.id) == "7"

        @check(f"{protocol}: a predictor with code")
        def _():
            flowers = np.array([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]], dtype=np.float32)
            result = client.infer("iris", [tensor(module, "features", "FP32", flowers)])
            assert result.as_numpy("label").tolist() == [b"setosa", b"virginica"]
            np.testing.assert_allclose(result.as_numpy("probabilities.setosa"), [1, 0], atol=0.05)

        @check(f"{protocol}: errors say what is wrong")
        def _():
            rejects(lambda: client.infer("nothing", []), InferenceServerException, "no model")
            wrong = [tensor(module, "x", "FP64", np.zeros((1, 2)))]
            rejects(lambda: client.infer("fp32", wrong), InferenceServerException, "FP32")
            rejects(lambda: client.get_model_metadata("nothing"), InferenceServerException, "no model")

    declare()

web = http_client.InferenceServerClient(HTTP)

for name, (datatype, values) in VALUES.items():
    if datatype == "FP16":
        continue

    @check(f"http: {datatype} in JSON, there and back")
    def _(name=name, datatype=datatype, values=values):
        outputs = [http_client.InferRequestedOutput("y", binary_data=False)]
        finite = values[:1, :1] if datatype == "FP32" else values
        inputs = [tensor(http_client, "x", datatype, np.repeat(finite, 2, 1)[:, :2], binary_data=False)]
        seen = web.infer(name, inputs, outputs=outputs).as_numpy("y")
        expected = np.repeat(finite, 2, 1)[:, :2]
        if datatype == "BYTES":
            expected = np.array([[each.decode() for each in row] for row in expected], dtype=np.object_)
        same(seen, expected)


@check("http: a compressed request")
def _():
    inputs = [tensor(http_client, "a", "FP32", A), tensor(http_client, "b", "FP32", B)]
    result = web.infer("arithmetic", inputs, request_compression_algorithm="gzip")
    same(result.as_numpy("sum"), A + B)


@check("http: statistics and the repository's index")
def _():
    stats = web.get_inference_statistics("arithmetic")["model_stats"][0]
    assert stats["inference_count"] >= stats["execution_count"] >= 1, stats
    names = [each["name"] for each in web.get_model_repository_index()]
    assert "arithmetic" in names and "iris" in names


@check("http: what is left out says so")
def _():
    rejects(lambda: web.get_model_config("fp32"), InferenceServerException, "does not support model configurations")
    rejects(lambda: web.get_log_settings(), InferenceServerException, "does not support log settings")
    rejects(lambda: web.get_trace_settings(), InferenceServerException, "does not support trace settings")
    rejects(lambda: web.get_system_shared_memory_status(), InferenceServerException, "does not support shared memory")
    rejects(lambda: web.get_cuda_shared_memory_status("r"), InferenceServerException, "does not support shared memory")
    rejects(lambda: web.unregister_system_shared_memory(), InferenceServerException, "does not support shared memory")


@check("http: models that are fixed are not unloaded")
def _():
    rejects(lambda: web.unload_model("arithmetic"), InferenceServerException, "cannot load or unload models")


@check("grpc: many calls at one time each get their own answer")
def _():
    client = grpc_client.InferenceServerClient(GRPC)
    answers = queue.Queue()

    def keep(index):
        return lambda result, error: answers.put((index, result, error))

    for index in range(64):
        values = np.full((1, 2), index, dtype=np.float32)
        client.async_infer("fp32", [tensor(grpc_client, "x", "FP32", values)], keep(index), client_timeout=60)
    seen = [answers.get(timeout=120) for _ in range(64)]
    assert {index for index, _, _ in seen} == set(range(64))
    for index, result, error in seen:
        assert error is None, error
        same(result.as_numpy("y"), np.full((1, 2), index, dtype=np.float32))


@check("grpc: a deadline that is over")
def _():
    client = grpc_client.InferenceServerClient(GRPC)
    inputs = [tensor(grpc_client, "x", "FP32", A)]
    rejects(lambda: client.infer("never", inputs, client_timeout=0.2), InferenceServerException, "DEADLINE_EXCEEDED")


run_checks()
