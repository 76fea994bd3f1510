import assert from "node:assert/strict";
import { test } from "node:test";
import { checkValues } from "./check-values.ts";

const PLAN = "resource azurerm_service_plan";
const GOOD = { name: "a", resource_group_name: "b", location: "c", os_type: "Linux", sku_name: "FC1" };
const JOB = "resource google_cloud_scheduler_job";

test("evaluated values fit the schema, or are reported", () => {
  assert.deepEqual(checkValues(PLAN, GOOD), []);
  assert.deepEqual(checkValues(PLAN, { ...GOOD, os_type: "BeOS", name: null, worker_count: "many" }).sort(), [
    "azurerm_service_plan.name: is required",
    'azurerm_service_plan.os_type: "BeOS" is not one of Linux, Windows, WindowsContainer',
    'azurerm_service_plan.worker_count: "many" instead of a number',
  ]);
});

test("nested blocks are checked, and their number too", () => {
  const target = { uri: "https://a.example", http_method: "BREW" };
  assert.deepEqual(checkValues(JOB, { name: "a", http_target: [target, target] }), [
    ...Array(2).fill(
      'google_cloud_scheduler_job.http_target.http_method: "BREW" is not one of DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT',
    ),
    "google_cloud_scheduler_job.http_target: 2 blocks; at most one is allowed",
  ]);
});

test("a value that only the cloud knows fits everywhere, and other types are ignored", () => {
  assert.deepEqual(checkValues(PLAN, { ...GOOD, worker_count: "answer-worker_count" }), []);
  assert.deepEqual(checkValues("resource terraform_data", { input: 1 }), []);
});
