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

gcloud storage buckets add-iam-policy-binding gs://flowers-models \
  --member serviceAccount:flowers-dev-iris@flowers-1.iam.gserviceaccount.com \
  --role roles/storage.objectViewer \
  --condition 'title=model,expression=resource.name.startsWith("projects/_/buckets/flowers-models/objects/store/iris/")'

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
  --container-env-vars '^#^TRICAST_REQUEST_TIMEOUT_MS=29000#TRICAST_MODEL_IRIS=gs://flowers-models/store/iris@prod#TRICAST_LOG_LEVEL=debug#GREETING=it'\''s '\''hello: world'\''' \
  --labels team=flowers

endpoint=$(gcloud ai endpoints list \
  --region europe-west3 \
  --filter displayName=flowers-dev-iris \
  --format 'value(name)' \
  --limit 1)
if [ -z "$endpoint" ]; then
  gcloud ai endpoints create \
    --region europe-west3 \
    --display-name flowers-dev-iris \
    --labels team=flowers
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
  --machine-type n2-standard-8 \
  --min-replica-count 2 \
  --max-replica-count 10 \
  --autoscaling-metric-specs cpu-usage=60 \
  --service-account flowers-dev-iris@flowers-1.iam.gserviceaccount.com \
  --traffic-split 0=100

for id in $old; do
  gcloud ai endpoints undeploy-model "$endpoint" --region europe-west3 --deployed-model-id "$id"
done

echo "$endpoint"

# digits
if ! gcloud iam service-accounts describe flowers-dev-digits@flowers-1.iam.gserviceaccount.com >/dev/null 2>&1; then
  gcloud iam service-accounts create flowers-dev-digits \
    --display-name flowers-dev-digits
fi

gcloud storage buckets add-iam-policy-binding gs://flowers-models \
  --member serviceAccount:flowers-dev-digits@flowers-1.iam.gserviceaccount.com \
  --role roles/storage.objectViewer \
  --condition 'title=model,expression=resource.name.startsWith("projects/_/buckets/flowers-models/objects/store/iris/")'

model=--model-id=flowers-dev-digits
if gcloud ai models describe flowers-dev-digits --region europe-west3 >/dev/null 2>&1; then
  model=--parent-model=projects/flowers-1/locations/europe-west3/models/flowers-dev-digits
fi
gcloud ai models upload "$model" \
  --region europe-west3 \
  --display-name flowers-dev-digits \
  --version-aliases default \
  --container-image-uri registry.example.com/flowers/iris:1.0.0 \
  --container-ports 8080 \
  --container-env-vars '^#^TRICAST_REQUEST_TIMEOUT_MS=60000#TRICAST_MAX_IN_FLIGHT=32#TRICAST_MODEL_DIGITS=gs://flowers-models/store/iris@prod' \
  --labels team=flowers

endpoint=$(gcloud ai endpoints list \
  --region europe-west3 \
  --filter displayName=flowers-dev-digits \
  --format 'value(name)' \
  --limit 1)
if [ -z "$endpoint" ]; then
  gcloud ai endpoints create \
    --region europe-west3 \
    --display-name flowers-dev-digits \
    --labels team=flowers
  endpoint=$(gcloud ai endpoints list \
    --region europe-west3 \
    --filter displayName=flowers-dev-digits \
    --format 'value(name)' \
    --limit 1)
fi
old=$(gcloud ai endpoints describe "$endpoint" --region europe-west3 --format 'value(deployedModels[].id)' | tr ';' ' ')

gcloud ai endpoints deploy-model "$endpoint" \
  --region europe-west3 \
  --model projects/flowers-1/locations/europe-west3/models/flowers-dev-digits@default \
  --display-name flowers-dev-digits \
  --machine-type n2-standard-8 \
  --min-replica-count 2 \
  --max-replica-count 10 \
  --autoscaling-metric-specs cpu-usage=60 \
  --service-account flowers-dev-digits@flowers-1.iam.gserviceaccount.com \
  --traffic-split 0=100

for id in $old; do
  gcloud ai endpoints undeploy-model "$endpoint" --region europe-west3 --deployed-model-id "$id"
done

echo "$endpoint"
