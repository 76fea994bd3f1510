import { isTricastError } from "@tricast/core";
import {
  type InferenceRequest,
  type InferenceResponse,
  type Invocation,
  isStreamed,
  type Lease,
  type ReceivedRequest,
  type Reception,
  receive,
  WatchedBody,
} from "@tricast/core/adapter";

/**
 * Answers a request that the guard admits, after its body has arrived and its turn has come. Its lease is released when
 * the response is made; for a streamed response, when the stream has ended.
 * @throws {TricastError} the error of the guard or the body; the error of `answer`.
 */
export async function answerAdmitted(
  request: InferenceRequest,
  invocation: Invocation,
  reception: Reception,
  answer: (request: ReceivedRequest) => Promise<InferenceResponse>,
): Promise<InferenceResponse> {
  let waiting = reception.readsBody ? invocation.span?.child("wait") : undefined;
  let lease: Lease | undefined;
  try {
    const received = await receive(request, invocation, reception);
    lease = received.lease;
    waiting?.end();
    waiting = undefined;
    const response = await answer(received.request);
    if (isStreamed(response)) return { ...response, body: new WatchedBody(response.body, () => lease?.release()) };
    lease?.release();
    return response;
  } catch (error) {
    waiting?.end({ error: isTricastError(error) ? error.code : "internal", failed: true });
    lease?.release();
    throw error;
  }
}
