import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isVersionReference,
  REMOTE_SCHEMES,
  remoteSchemeOf,
  remoteSchemesOf,
  STORE_SCHEMES,
  schemeOf,
} from "@tricast/core/adapter";

test("the form of each store's address has its scheme", () => {
  for (const [scheme, form] of Object.entries(STORE_SCHEMES)) assert.equal(schemeOf(form), scheme);
  assert.deepEqual(REMOTE_SCHEMES, ["s3", "gs", "az", "https"]);
});

test("a path has no scheme, also on Windows, and case does not matter", () => {
  for (const path of ["iris.onnx", "/models/iris@prod", "C:\\models\\iris.onnx", "./a:b"]) {
    assert.equal(schemeOf(path), undefined, path);
    assert.equal(remoteSchemeOf(path), undefined, path);
  }
  assert.equal(schemeOf("FILE:///a"), "file");
  assert.equal(remoteSchemeOf("S3://bucket/a"), "s3");
});

test("only what is read over the network is remote, and http counts as https", () => {
  assert.equal(remoteSchemeOf("http://127.0.0.1/a"), "https");
  for (const local of ["file:///a", "ftp://host/a"]) assert.equal(remoteSchemeOf(local), undefined, local);
  const addresses = ["az://account/c/a", "iris.onnx", "s3://b/a", "s3://b/c", "http://localhost/a"];
  assert.deepEqual(remoteSchemesOf(addresses), ["s3", "az", "https"]);
});

test("a version in a folder is told from a file", () => {
  for (const path of ["iris@prod", "models/iris@v7", "C:\\models\\iris@2026-05", "models/Silero vad@prod", "modèle@v1"])
    assert.ok(isVersionReference(path), path);
  for (const path of ["iris.onnx", "a@b/iris.onnx", "models/a@2x.onnx", "a@v1.ort", "@prod", "iris@"]) {
    assert.ok(!isVersionReference(path), path);
  }
});
