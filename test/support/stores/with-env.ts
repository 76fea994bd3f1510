/** Every variable by which a machine's own credentials or addresses could reach a test. */
const STORE_VARIABLES =
  /^(?:AWS_|AZURE_|AzureWebJobsStorage|IDENTITY_|GOOGLE_|CLOUDSDK_|GCE_|METADATA_|STORAGE_EMULATOR_HOST|K_SERVICE|FUNCTION_TARGET)/;

/** A test asks no service of the machine it runs on who it is. */
const ALONE = {
  AWS_EC2_METADATA_DISABLED: "true",
  METADATA_SERVER_DETECTION: "none",
  AZURE_POD_IDENTITY_AUTHORITY_HOST: "http://127.0.0.1:1",
};

/** Runs `task` with `env` as the only store variables of this process. */
export async function withEnv<T>(env: Readonly<Record<string, string>>, task: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  for (const name of Object.keys(before)) if (STORE_VARIABLES.test(name)) delete process.env[name];
  const set = { ...ALONE, ...env };
  Object.assign(process.env, set);
  try {
    return await task();
  } finally {
    for (const name of Object.keys(set)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
