#!/bin/sh
# Deploys flowers, stage dev, to Vertex AI. It updates what exists, so run it again after every build.
set -eu

if ! command -v gcloud >/dev/null 2>&1; then
  echo 'gcloud is not installed: https://cloud.google.com/sdk/docs/install' >&2
  exit 1
fi

export CLOUDSDK_CORE_PROJECT=flowers-1 CLOUDSDK_CORE_DISABLE_PROMPTS=1

gcloud services enable aiplatform.googleapis.com

# iris
if ! gcloud iam service-accounts describe flowers-dev-iris@flowers-1.iam.gserviceaccount.com >/dev/null 2>&1; then
  gcloud iam service-accounts create flowers-dev-iris \
    --display-name flowers-dev-iris
fi

model=--model-id=flowers-dev-iris
if gcloud ai models describe flowers-dev-iris --region europe-west3 >/dev/null 2>&1; then
  model=--parent-model=projects/flowers-1/locations/europe-west3/models/flowers-dev-iris
fi
gcloud ai models upload "$model" \
  --region europe-west3 \
  --display-name flowers-dev-iris \
  --version-aliases default \
  --container-image-uri registry.example.com/flowers/iris:1.0.0 \
  --container-ports 8080 \
  --container-env-vars '^@^TRICAST_REQUEST_TIMEOUT_MS=29000'

endpoint=$(gcloud ai endpoints list \
  --region europe-west3 \
  --filter displayName=flowers-dev-iris \
  --format 'value(name)' \
  --limit 1)
if [ -z "$endpoint" ]; then
  gcloud ai endpoints create \
    --region europe-west3 \
    --display-name flowers-dev-iris
  endpoint=$(gcloud ai endpoints list \
    --region europe-west3 \
    --filter displayName=flowers-dev-iris \
    --format 'value(name)' \
    --limit 1)
fi
old=$(gcloud ai endpoints describe "$endpoint" --region europe-west3 --format 'value(deployedModels[].id)' | tr ';' ' ')

gcloud ai endpoints deploy-model "$endpoint" \
  --region europe-west3 \
  --model projects/flowers-1/locations/europe-west3/models/flowers-dev-iris@default \
  --display-name flowers-dev-iris \
  --machine-type n2-standard-4 \
  --min-replica-count 1 \
  --max-replica-count 10 \
  --autoscaling-metric-specs cpu-usage=70 \
  --service-account flowers-dev-iris@flowers-1.iam.gserviceaccount.com \
  --traffic-split 0=100

for id in $old; do
  gcloud ai endpoints undeploy-model "$endpoint" --region europe-west3 --deployed-model-id "$id"
done

echo "$endpoint"
