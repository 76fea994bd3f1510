/** Sending a run to a worker and back takes about 0.1 ms. A run that is shorter than three times that is not sent. */
export const INLINE_MS = 0.3;
/** How long a shared run may block the main thread, and delay the answers of a worker. */
export const INLINE_BATCH_MS = 4;
