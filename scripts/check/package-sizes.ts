/**
 * The largest size of each package after unpacking, in kilobytes (1,000 bytes): about a quarter over its size when
 * the number was set. Raise a number in the commit that needs it, so that growth is a decision.
 */
export const PACKAGE_KILOBYTES: Readonly<Record<string, number>> = {
  core: 470,
  onnx: 690,
  "aws-lambda": 110,
  "azure-functions": 62,
  http: 58,
  "cloud-functions": 40,
  server: 400,
  store: 380,
  identity: 60,
  plan: 520,
  pack: 450,
  "serverless-plugin": 70,
  cli: 240,
};
