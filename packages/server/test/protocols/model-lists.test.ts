import assert from "node:assert/strict";
import { it } from "node:test";
import { definePredictor } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import type { ModelHost } from "../../src/model-host.ts";
import { multiModelRoutes } from "../../src/protocols/sagemaker/multi-model.ts";
import type { RouteCall } from "../../src/route.ts";
import type { ServedModel } from "../../src/served-model.ts";

it("a list of models goes on from page to page, each model once, in the order of their names", async () => {
  const predictor = definePredictor({ name: "half", predict: (input: number) => input / 2 });
  const service = createService(predictor);
  const names = Array.from({ length: 250 }, (_, index) => `m${(index * 7) % 250}`);
  const models = names.map((name): ServedModel => ({ name, version: "1", service, predictor }));
  const host = { list: () => models } as unknown as ModelHost;
  const route = multiModelRoutes(() => assert.fail("nothing is invoked")).find(
    ({ method, path }) => method === "GET" && path === "/models",
  );
  const pages: string[][] = [];
  for (let token: string | undefined = ""; token !== undefined && pages.length < 10; ) {
    const query = token === "" ? "" : `next_page_token=${encodeURIComponent(token)}`;
    const request = { method: "GET", path: "/models", query, headers: {}, body: undefined };
    const { body } = await route!.handle({ request, host } as RouteCall);
    const page = JSON.parse(String(body)) as { models: { modelName: string }[]; nextPageToken?: string };
    pages.push(page.models.map(({ modelName }) => modelName));
    token = page.nextPageToken;
  }
  assert.deepEqual(
    pages.map(({ length }) => length),
    [100, 100, 50],
  );
  assert.deepEqual(pages.flat(), [...names].sort());
});
