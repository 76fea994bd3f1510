import assert from "node:assert/strict";
import { test } from "node:test";
import { refusedValues } from "../../src/zero-code/runtime-reason.ts";

const ran = (operator: string, status: string, name = ""): string =>
  `Non-zero status code returned while running ${operator} node. Name:'${name}' Status Message: ${status}`;

const ENFORCE =
  "/onnxruntime_src/onnxruntime/core/providers/cpu/math/element_wise_ops.h:583 void onnxruntime::BroadcastIterator::Append(ptrdiff_t, ptrdiff_t) axis == 1 || axis == largest was false. ";
const ARENA =
  "/onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) ";

/** As the runtime wrote them (1.30, Linux, and its builds for Windows and macOS), and what a client may read. */
const CLIENT: readonly (readonly [message: string, operator: string, reason: string])[] = [
  [
    ran(
      "Gather",
      "indices element out of data bounds, idx=99 must be within the inclusive range [-10,9]",
      "/srv/bob/emb",
    ),
    "Gather",
    "indices element out of data bounds, idx=99 must be within the inclusive range [-10,9]",
  ],
  [
    ran("Add", `${ENFORCE}Attempting to broadcast an axis by a dimension other than 1. 512 by 600\n`),
    "Add",
    "Attempting to broadcast an axis by a dimension other than 1. 512 by 600",
  ],
  [
    ran(
      "Add",
      "D:\\a\\_work\\1\\s\\onnxruntime\\core/providers/cpu/math/element_wise_ops.h:560 onnxruntime::BroadcastIterator::Append axis == 1 || axis == largest was false. Attempting to broadcast an axis by a dimension other than 1. 2 by 3\n",
    ),
    "Add",
    "Attempting to broadcast an axis by a dimension other than 1. 2 by 3",
  ],
  [ran("MatMul", "matmul_helper.h:59 Compute MatMul dimension mismatch"), "MatMul", "MatMul dimension mismatch"],
  [
    ran(
      "GatherElements",
      "/onnxruntime_src/onnxruntime/core/providers/cpu/tensor/gather_elements.cc:150 void onnxruntime::core_impl(const Tensor*, const Tensor*, Tensor*, int64_t, concurrency::ThreadPool*) [with Tin = long int; int64_t = long int] GatherElements op: Out of range value in index tensor\n",
    ),
    "GatherElements",
    "GatherElements op: Out of range value in index tensor",
  ],
  [
    ran(
      "ConstantOfShape",
      "/onnxruntime_src/onnxruntime/core/framework/op_kernel.cc:83 virtual OrtValue* onnxruntime::OpKernelContext::OutputMLValue(int, const onnxruntime::TensorShape&) [ONNXRuntimeError] : 1 : FAIL : tensor.cc:57 CalculateTensorStorageSize Tensor shape.Size() must be >= 0\n",
    ),
    "ConstantOfShape",
    "Tensor shape.Size() must be >= 0",
  ],
  [
    ran(
      "ConstantOfShape",
      "/onnxruntime_src/onnxruntime/core/common/safeint.h:17 static void SafeIntExceptionHandler<onnxruntime::OnnxRuntimeException>::SafeIntOnOverflow() Integer overflow\n",
    ),
    "ConstantOfShape",
    "Integer overflow",
  ],
  [
    ran(
      "MaxPool",
      "/onnxruntime_src/onnxruntime/core/providers/cpu/nn/pool_attributes.h:236 int64_t onnxruntime::PoolAttributes::ComputeOutputSize(int64_t, int64_t) const out_size >= 0 was false. Calculated output dimension is negative. Check kernel_shape, pads, strides and dilations.\n",
    ),
    "MaxPool",
    "Calculated output dimension is negative. Check kernel_shape, pads, strides and dilations.",
  ],
  [ran("Div", "element_wise_ops.cc:692 Compute Integer division by zero"), "Div", "Integer division by zero"],
  [ran("Mod", "element_wise_ops.cc:2256 operator() Integer modulo by zero"), "Mod", "Integer modulo by zero"],
  [ran("Cast", "stod"), "Cast", "a text is not a number that the type can contain"],
  [ran("ArgMax", ""), "ArgMax", ""],
  [
    ran(
      "If",
      ran("Gather", "indices element out of data bounds, idx=99 must be within the inclusive range [-10,9]"),
      "iff",
    ),
    "Gather",
    "indices element out of data bounds, idx=99 must be within the inclusive range [-10,9]",
  ],
  [
    "Got invalid dimensions for input: x for the following indices\n index: 1 Got: 600 Expected: 512\n Please fix either the inputs/outputs or the model.",
    "input",
    "Got invalid dimensions: x for the following indices index: 1 Got: 600 Expected: 512",
  ],
  [
    "Invalid rank for input: x Got: 3 Expected: 2 Please fix either the inputs/outputs or the model.",
    "input",
    "Invalid rank: x Got: 3 Expected: 2",
  ],
  // The words of a server's fault in a name of the graph do not make it one.
  [
    ran("Gather", "invalid index found, index = 9", "/memory/cuda/out of memory"),
    "Gather",
    "invalid index found, index = 9",
  ],
  [
    ran("Attention", "Input 'past' dimension 2 should be same as memory length, got 3"),
    "Attention",
    "Input 'past' dimension 2 should be same as memory length, got 3",
  ],
  [
    ran("Conv", "Input channels C is not equal to kernel channels * group. C: 4 kernel channels: 3 group: 1"),
    "Conv",
    "Input channels C is not equal to kernel channels * group. C: 4 kernel channels: 3 group: 1",
  ],
];

for (const [message, operator, reason] of CLIENT) {
  test(`the values are to blame: ${operator}: ${reason.slice(0, 60)}`, () => {
    const found = refusedValues(message);
    assert.deepEqual([found?.operator, found?.reason], [operator, reason]);
  });
}

const SERVER: readonly string[] = [
  ran("Range", `${ARENA}Failed to allocate memory for requested buffer of size 9223372036854775808\n`),
  ran("Expand", `${ARENA}Available memory of 5 is smaller than requested bytes of 9\n`),
  ran("MatMul", "std::bad_alloc"),
  ran("MatMul", "bad allocation"),
  ran(
    "MatMul",
    "CUDA failure 700: an illegal memory access was encountered ; GPU=0 ; hostname=box ; expr=cudaStreamSynchronize",
  ),
  ran("MatMul", "CUDA error cudaErrorMemoryAllocation:out of memory"),
  ran("FusedConv", "This mode is not implemented"),
  ran("Resize", "NOT_IMPLEMENTED : cubic"),
  ran("Custom", "Kernel not found"),
  ran("Custom", "Failed to open file /opt/model/weights.bin"),
  ran("Custom", "No such file or directory"),
  ran("Loop", "Exiting due to terminate flag being set to true."),
  ran("Gather", "vector::_M_range_check: __n (which is 5) >= this->size() (which is 5)"),
  ran("Gather", "basic_string::substr: __pos"),
  ran("Gather", "std::exception"),
  ran("Gather", "unknown exception"),
  ran("If", ran("MatMul", "std::bad_alloc"), "outer"),
  "Exiting due to terminate flag being set to true.",
  "Session already disposed.",
  "Missing Input: x",
  "Invalid Feed Input Name:x",
  "Unexpected input data type. Actual: (tensor(int32)) , expected: (tensor(int64))",
  "could not be cloned",
  "",
];

for (const message of SERVER) {
  test(`the server is to blame: ${message.slice(-60)}`, () => assert.equal(refusedValues(message), undefined));
}

/** Texts of a kernel of the model's own library may contain anything. */
const SECRETS: readonly string[] = [
  "/srv/bob/model/weights.bin",
  "C:\\Users\\bob\\ops\\kernel.dll",
  "\\\\filer\\share\\model.onnx",
  "../private/ops.cc:12",
  "file:///srv/model/a",
  "s3://bucket/models/a",
  "0x7ffe12ab34cd",
  "my::ns::Kernel::Compute(Ort::KernelContext*)",
  "libcustom_ops.so.1",
  "train.py:77",
  "\u001b[31m",
];

for (const secret of SECRETS) {
  test(`a reason does not contain ${JSON.stringify(secret)}`, () => {
    for (const text of [`row 3 in ${secret} is bad`, `${secret} row 3 is bad`, `row 3 is bad (${secret})`]) {
      const reason = refusedValues(ran("Custom", text))?.reason ?? "";
      assert.ok(!reason.includes(secret), reason);
      assert.match(reason, /3 is bad|3 in/);
      assert.doesNotMatch(reason, /bob|weights|filer|bucket|srv|Kernel|custom_ops|train/);
    }
  });
}

test("a reason has one line, without the stack, and at most 303 characters", () => {
  const stack = "\nStacktrace:\n#0 main at /src/main.cc:5\n#1 start";
  assert.equal(refusedValues(ran("Custom", `bad\n row${stack}`))?.reason, "bad row");
  assert.equal(refusedValues(ran("Custom", "x".repeat(10_000)))?.reason.length, 303);
});

test("a long text takes little time", () => {
  const started = process.cpuUsage().user;
  for (const part of ["a::b<", "/a", "x.h", "(", "onnxruntime::", "C:\\a\\"])
    refusedValues(ran("Custom", `a.cc:1 ${part.repeat(20_000)}`));
  assert.ok(process.cpuUsage().user - started < 1_000_000);
});
