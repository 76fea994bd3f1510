/** Every variable by which a machine's own credentials or addresses could reach a test. */
const STORE_VARIABLES =
  /^(?:AWS_|AZURE_|AzureWebJobsStorage|IDENTITY_|GOOGLE_|CLOUDSDK_|GCE_|STORAGE_EMULATOR_HOST|K_SERVICE|FUNCTION_TARGET)/;

/** Runs `task` with `env` as the only store variables of this process. */
export async function withEnv<T>(env: Readonly<Record<string, string>>, task: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  for (const name of Object.keys(before)) if (STORE_VARIABLES.test(name)) delete process.env[name];
  Object.assign(process.env, env);
  try {
    return await task();
  } finally {
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
