"""Reads endpoints and deployments with Azure ML's own library, as `az ml` does, and prints the result of each."""

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
    except Exception as error:  # noqa: BLE001 the library raises many kinds, and all of them are results
        print(json.dumps({"file": name, "error": str(error)}))
    else:
        print(json.dumps({"file": name, "entity": entity._to_dict()}, default=str))
