"""Has Azure ML's own library read endpoints and deployments as `az ml` does, and tells what it made of each."""

import json
import logging
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

from azure.ai.ml import load_online_deployment, load_online_endpoint  # noqa: E402

for name in sys.argv[1:]:
    load = load_online_endpoint if name.endswith("-endpoint.yaml") else load_online_deployment
    try:
        entity = load(source=name)
    except Exception as error:  # noqa: BLE001 the library has many kinds, and all of them are answers
        print(json.dumps({"file": name, "error": str(error)}))
    else:
        print(json.dumps({"file": name, "entity": entity._to_dict()}, default=str))
