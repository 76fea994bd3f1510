"""FastAPI with Python's ONNX Runtime, as tutorials write it; prints its port when it listens."""

import json
import socket
import sys

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI

task = json.loads(sys.argv[1])
session = onnxruntime.InferenceSession(task["file"])
names = [output.name for output in session.get_outputs()]
app = FastAPI()


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/predict")
def predict(body: dict[str, list[float]]):
    row = np.array(body[task["input"]], dtype=np.float32).reshape([1, *task["shape"]])
    outputs = session.run(None, {task["input"]: row})
    return {name: output.ravel().tolist() for name, output in zip(names, outputs)}


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
