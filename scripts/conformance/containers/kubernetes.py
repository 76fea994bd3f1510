"""Checks every document of the files with the published schemas of several versions of Kubernetes. Unknown keys are refused."""

import sys

import kubernetes_validate
import yaml

# The oldest version that clouds still run, and the newest in the package.
VERSIONS = ["1.30", kubernetes_validate.utils.all_versions()[-1]]

for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        documents = [document for document in yaml.safe_load_all(file) if document is not None]
    for document in documents:
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                place = ".".join(str(part) for part in error.path)
                print(f"{name}: {document['kind']} {place} in {version}: {error.message}")
    if not documents:
        print(f"{name}: no document")
