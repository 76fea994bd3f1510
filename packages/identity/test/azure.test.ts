import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isTricastError } from "@tricast/core";
import { azureToken, findStorageAccount, signSharedKey } from "@tricast/identity/azure";
import { startTokenServer } from "../../../test/support/stores/token-server.ts";
import { stringToSign } from "../src/azure/shared-key.ts";

const STRING = "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=a2V5==;EndpointSuffix=core.chinacloudapi.cn";

test("a connection string that names the account says how to reach it", () => {
  const found = { name: "acc", endpoint: "https://acc.blob.core.chinacloudapi.cn", key: "a2V5==", sas: undefined };
  assert.deepEqual(findStorageAccount("acc", {}, { AZURE_STORAGE_CONNECTION_STRING: STRING }), found);
  assert.deepEqual(findStorageAccount("acc", {}, { AzureWebJobsStorage: STRING }), found);
  const other = STRING.replace("=acc;", "=other;");
  assert.equal(findStorageAccount("acc", {}, { AzureWebJobsStorage: other }).key, undefined);
  const signed = "BlobEndpoint=https://acc.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=x";
  const account = findStorageAccount("acc", {}, { AZURE_STORAGE_CONNECTION_STRING: signed });
  assert.deepEqual([account.endpoint, account.sas], ["https://acc.blob.core.windows.net", "sv=1&sig=x"]);
  const development = { AzureWebJobsStorage: "UseDevelopmentStorage=true" };
  const { endpoint } = findStorageAccount("devstoreaccount1", {}, development);
  assert.equal(endpoint, "http://127.0.0.1:10000/devstoreaccount1");
});

test("a given signature and endpoint win over the environment, and a key over a signature", () => {
  const given = { endpoint: "https://acc.blob.core.usgovcloudapi.net/", sas: "sig=given" };
  assert.deepEqual(findStorageAccount("acc", given, { AZURE_STORAGE_KEY: "a2V5" }), {
    name: "acc",
    endpoint: "https://acc.blob.core.usgovcloudapi.net",
    sas: "sig=given",
  });
  const env = { AZURE_STORAGE_KEY: "a2V5", AZURE_STORAGE_SAS_TOKEN: "?sig=x" };
  const { key, sas } = findStorageAccount("acc", {}, env);
  assert.deepEqual([key, sas], ["a2V5", undefined]);
  assert.equal(findStorageAccount("acc", {}, { AZURE_STORAGE_SAS_TOKEN: "?sig=x" }).sas, "sig=x");
  assert.equal(findStorageAccount("acc", {}, { ...env, AZURE_STORAGE_ACCOUNT: "other" }).key, undefined);
});

test("an error about a connection string does not quote it", () => {
  assert.throws(
    () => findStorageAccount("acc", {}, { AzureWebJobsStorage: "hunter2" }),
    (error: Error) => {
      assert.match(error.message, /AzureWebJobsStorage is not Name=value/);
      return isTricastError(error) && !error.message.includes("hunter2");
    },
  );
});

/** learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key, "Shared Key format for 2009-09-19 and later" */
test("the string to sign is the documented one", () => {
  const url = new URL("https://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=metadata&timeout=20");
  const headers = { "x-ms-version": "2015-02-21", "x-ms-date": "Fri, 26 Jun 2015 23:39:12 GMT" };
  const expected =
    "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n" +
    "/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20";
  assert.equal(stringToSign({ method: "GET", url, headers }, "myaccount"), expected);
  assert.match(
    signSharedKey({ method: "GET", url, headers }, "myaccount", "a2V5"),
    /^SharedKey myaccount:[\w+/]{43}=$/,
  );
});

test("tokens are for the resource that is asked for, and one request serves concurrent callers", async () => {
  const server = await startTokenServer();
  try {
    server.answer = ({ url }) => ({ access_token: url.searchParams.get("resource") ?? "", expires_in: 3600 });
    const env = { IDENTITY_ENDPOINT: `${server.address}/msi/token`, IDENTITY_HEADER: "h" };
    const token = azureToken("https://vault.azure.net", env);
    const expected = Array.from({ length: 3 }, () => "https://vault.azure.net");
    assert.deepEqual(await Promise.all([token(), token(), token()]), expected);
    assert.equal(server.requests.length, 1);
  } finally {
    await server.close();
  }
});

for (const reply of [{}, { access_token: null }, { access_token: "" }, { access_token: 5 }, { accessToken: "a" }]) {
  test(`a reply without a token is refused: ${JSON.stringify(reply)}`, async () => {
    const server = await startTokenServer();
    try {
      server.answer = () => ({ ...reply, expires_in: 3600 });
      const env = { IDENTITY_ENDPOINT: `${server.address}/msi/token`, IDENTITY_HEADER: "h" };
      await assert.rejects(azureToken("https://vault.azure.net", env)(), {
        code: "credentials-missing",
        message: /no "access_token"; check the managed identity/,
      });
    } finally {
      await server.close();
    }
  });
}

test("an answer of the Azure CLI that is not JSON is refused without its text", {
  skip: process.platform === "win32",
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "tricast-az-"));
  try {
    await writeFile(join(folder, "az"), "#!/bin/sh\necho hunter2\n");
    await chmod(join(folder, "az"), 0o755);
    const env = { PATH: folder, AZURE_POD_IDENTITY_AUTHORITY_HOST: "http://127.0.0.1:1" };
    await assert.rejects(azureToken("https://storage.azure.com", env)(), (error: Error) => {
      assert.match(error.message, /the output of the Azure CLI is not a JSON object/);
      return !JSON.stringify([error.message, String(error.cause)]).includes("hunter2");
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
