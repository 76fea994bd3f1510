"""Sends requests through newly generated stubs: generated_stubs.py FOLDER_OF_STUBS GRPC_ADDRESS"""

import struct
import sys

import grpc

sys.path.insert(0, sys.argv[1])
import oip_conformance_pb2 as pb  # noqa: E402
from oip_conformance_pb2_grpc import GRPCInferenceServiceStub  # noqa: E402

stub = GRPCInferenceServiceStub(grpc.insecure_channel(sys.argv[2]))
assert stub.ServerLive(pb.ServerLiveRequest()).live
assert stub.ServerReady(pb.ServerReadyRequest()).ready
assert stub.ModelReady(pb.ModelReadyRequest(name="fp32")).ready
assert stub.ServerMetadata(pb.ServerMetadataRequest()).name == "tricast"
metadata = stub.ModelMetadata(pb.ModelMetadataRequest(name="fp32"))
assert [(each.name, each.datatype, list(each.shape)) for each in metadata.inputs] == [("x", "FP32", [-1, 2])]

tensor = pb.ModelInferRequest.InferInputTensor(name="x", datatype="FP32", shape=[1, 2])
raw = pb.ModelInferRequest(model_name="fp32", id="7", inputs=[tensor], raw_input_contents=[struct.pack("<2f", 1, -2)])
answer = stub.ModelInfer(raw)
assert answer.id == "7" and list(answer.raw_output_contents) == [struct.pack("<2f", 1, -2)], answer

tensor.contents.fp32_contents.extend([1, -2])
typed = pb.ModelInferRequest(model_name="fp32", inputs=[tensor])
typed.parameters["priority"].int64_param = 3
answer = stub.ModelInfer(typed)
assert list(answer.outputs[0].contents.fp32_contents) == [1, -2], answer

try:
    stub.ModelInfer(pb.ModelInferRequest(model_name="nothing"))
    raise AssertionError("an unknown model was taken")
except grpc.RpcError as error:
    assert error.code() == grpc.StatusCode.NOT_FOUND, error
try:
    stub.ModelInfer(pb.ModelInferRequest(model_name="fp32", inputs=[tensor], raw_input_contents=[b"1"]))
    raise AssertionError("contents twice over were taken")
except grpc.RpcError as error:
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
