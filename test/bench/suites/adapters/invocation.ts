import type { APIGatewayProxyEventV2, Context } from "aws-lambda";

export const FEATURES = [5.1, 3.5, 1.4, 0.2];

/** An HTTP API event of payload format 2.0 as API Gateway sends it for a browser's or curl's POST. */
function v2Event(body: string): APIGatewayProxyEventV2 {
  const host = "r3pmxmplak.execute-api.eu-central-1.amazonaws.com";
  return {
    version: "2.0",
    routeKey: "POST /predict",
    rawPath: "/predict",
    rawQueryString: "",
    headers: {
      accept: "*/*",
      "accept-encoding": "gzip, deflate, br",
      "content-length": String(Buffer.byteLength(body)),
      "content-type": "application/json",
      host,
      "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
      "x-amzn-trace-id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
      "x-forwarded-for": "205.255.255.176",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
    },
    requestContext: {
      accountId: "123456789012",
      apiId: "r3pmxmplak",
      domainName: host,
      domainPrefix: "r3pmxmplak",
      http: {
        method: "POST",
        path: "/predict",
        protocol: "HTTP/1.1",
        sourceIp: "205.255.255.176",
        userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
      },
      requestId: "JKJaXmPLvHcESHA=",
      routeKey: "POST /predict",
      stage: "$default",
      time: "10/Mar/2026:05:16:23 +0000",
      timeEpoch: 1773119783636,
    },
    body,
    isBase64Encoded: false,
  };
}

/** Makes the arguments of one invocation, new each time, the event parsed from its JSON as the runtime client does. */
export function invocationOf(body: string): () => [event: unknown, context: Context] {
  const json = JSON.stringify(v2Event(body));
  return () => [JSON.parse(json), lambdaContext()];
}

/** As aws-lambda-ric 4.0.2 makes it; `@types/aws-lambda` does not have `xRayTraceId`. */
function lambdaContext(): Context & { readonly xRayTraceId: string } {
  const deadline = Date.now() + 30_000;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: "$LATEST",
    functionName: "iris",
    memoryLimitInMB: "1024",
    logGroupName: "/aws/lambda/iris",
    logStreamName: "2026/03/10/[$LATEST]0123456789abcdef0123456789abcdef",
    invokedFunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:iris",
    awsRequestId: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
    xRayTraceId: "Root=1-5e6722a7-cc56e1a4f47db7ae02d4da47;Parent=53995c3f42cd8ad8;Sampled=0",
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done: unused,
    fail: unused,
    succeed: unused,
  };
}

function unused(): never {
  throw new Error("Callbacks are not for these handlers");
}
