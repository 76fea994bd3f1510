// The native addon, but for inputs and models that end the thread: from JavaScript, since to stop a thread inside of the
// addon's own code would abort the process.
const { createRequire } = require("node:module");
const { isMainThread } = require("node:worker_threads");

const require_ = createRequire(__filename);
const { platform, arch } = process;
const addon = require_(`onnxruntime-node/bin/napi-v6/${platform}/${arch}/onnxruntime_binding.node`);

const [IN_RUN, AFTER_RUN] = [666, 667];

class EndingSession extends addon.InferenceSession {
  loadModel(...args) {
    if (!isMainThread && String(args[0]).includes("ends-the-load")) process.exit(7);
    super.loadModel(...args);
  }

  run(feeds, fetches) {
    const value = feeds.x?.data[0];
    if (value === IN_RUN) process.exit(7);
    if (value === AFTER_RUN) setImmediate(() => process.exit(7));
    return super.run(feeds, fetches);
  }
}

module.exports = { ...addon, initOrtOnce: addon.initOrtOnce, InferenceSession: EndingSession };
