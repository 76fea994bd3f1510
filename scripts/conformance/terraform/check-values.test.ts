import assert from "node:assert/strict";
import { test } from "node:test";
import { checkValues } from "./check-values.ts";

const PLAN = "resource azurerm_service_plan";
const GOOD = { name: "a", resource_group_name: "b", location: "c", os_type: "Linux", sku_name: "FC1" };
const JOB = "resource google_cloud_scheduler_job";

test("evaluated values suit the schema, or are named", () => {
  assert.deepEqual(checkValues(PLAN, GOOD), []);
  assert.deepEqual(checkValues(PLAN, { ...GOOD, os_type: "BeOS", name: null, worker_count: "many" }).sort(), [
    "azurerm_service_plan.name: must be given",
    'azurerm_service_plan.os_type: "BeOS" is none of Linux, Windows, WindowsContainer',
    'azurerm_service_plan.worker_count: "many" instead of a number',
  ]);
});

test("nested blocks are held to it, and to how many there may be", () => {
  const target = { uri: "https://a.example", http_method: "BREW" };
  assert.deepEqual(checkValues(JOB, { name: "a", http_target: [target, target] }), [
    ...Array(2).fill(
      'google_cloud_scheduler_job.http_target.http_method: "BREW" is none of DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT',
    ),
    "google_cloud_scheduler_job.http_target: 2 blocks where there may be one",
  ]);
});

test("what only the cloud knows is taken for any value, and other types are left alone", () => {
  assert.deepEqual(checkValues(PLAN, { ...GOOD, worker_count: "answer-worker_count" }), []);
  assert.deepEqual(checkValues("resource terraform_data", { input: 1 }), []);
});
