#!/bin/sh
# Deploys flowers, stage dev, to Google Cloud. It updates what exists, so run it again after every build.
set -eu

# Folder that "tricast build" has written.
artefacts=${ARTEFACTS:-.tricast}

if ! command -v gcloud >/dev/null 2>&1; then
  echo 'gcloud is not installed: https://cloud.google.com/sdk/docs/install' >&2
  exit 1
fi

export CLOUDSDK_CORE_PROJECT=flowers-1 CLOUDSDK_CORE_DISABLE_PROMPTS=1

gcloud services enable cloudbuild.googleapis.com \
  cloudfunctions.googleapis.com \
  cloudscheduler.googleapis.com \
  run.googleapis.com \
  secretmanager.googleapis.com

if ! gcloud storage buckets describe gs://flowers-1-flowers-dev >/dev/null 2>&1; then
  gcloud storage buckets create gs://flowers-1-flowers-dev \
    --location europe-west3 \
    --uniform-bucket-level-access \
    --public-access-prevention
fi

# iris
if ! gcloud iam service-accounts describe flowers-dev-iris@flowers-1.iam.gserviceaccount.com >/dev/null 2>&1; then
  gcloud iam service-accounts create flowers-dev-iris \
    --display-name flowers-dev-iris
fi

gcloud storage buckets add-iam-policy-binding gs://flowers-models \
  --member serviceAccount:flowers-dev-iris@flowers-1.iam.gserviceaccount.com \
  --role roles/storage.objectViewer \
  --condition 'title=model,expression=resource.name.startsWith("projects/_/buckets/flowers-models/objects/store/iris/")'

gcloud storage buckets add-iam-policy-binding gs://flowers-models \
  --member serviceAccount:flowers-dev-iris@flowers-1.iam.gserviceaccount.com \
  --role roles/storage.objectViewer \
  --condition 'title=model,expression=resource.name.startsWith("projects/_/buckets/flowers-models/objects/labels.onnx")'

gcloud secrets add-iam-policy-binding warmup \
  --member serviceAccount:flowers-dev-iris@flowers-1.iam.gserviceaccount.com \
  --role roles/secretmanager.secretAccessor

gcloud secrets add-iam-policy-binding token \
  --project shared-1 \
  --member serviceAccount:flowers-dev-iris@flowers-1.iam.gserviceaccount.com \
  --role roles/secretmanager.secretAccessor

gcloud storage cp "$artefacts"/iris/cloud-functions-x64/source.zip gs://flowers-1-flowers-dev/iris/source.zip

gcloud functions deploy flowers-dev-iris \
  --gen2 \
  --runtime nodejs24 \
  --trigger-http \
  --entry-point iris \
  --source gs://flowers-1-flowers-dev/iris/source.zip \
  --set-build-env-vars GOOGLE_VENDOR_NPM_DEPENDENCIES=true \
  --max-instances 50 \
  --region europe-west3 \
  --memory 1024Mi \
  --cpu 1 \
  --timeout 29s \
  --concurrency 8 \
  --min-instances 0 \
  --service-account flowers-dev-iris@flowers-1.iam.gserviceaccount.com \
  --set-env-vars '^@^TRICAST_MODEL_IRIS=gs://flowers-models/store/iris@TRICAST_MODEL_IRIS_LABELS=gs://flowers-models/labels.onnx' \
  --set-secrets '^@^TRICAST_WARMUP_SECRET=warmup:latest@TOKEN=projects/shared-1/secrets/token:3' \
  --allow-unauthenticated \
  --update-labels team=flowers

gcloud functions describe flowers-dev-iris --gen2 --region europe-west3 --format 'value(serviceConfig.uri)'

if ! gcloud iam service-accounts describe flowers-dev-ping@flowers-1.iam.gserviceaccount.com >/dev/null 2>&1; then
  gcloud iam service-accounts create flowers-dev-ping --display-name Pings
fi
gcloud run services add-iam-policy-binding flowers-dev-iris \
  --region europe-west3 \
  --member serviceAccount:flowers-dev-ping@flowers-1.iam.gserviceaccount.com \
  --role roles/run.invoker
url=$(gcloud run services describe flowers-dev-iris --region europe-west3 --format 'value(status.url)')
secret=$(gcloud secrets versions access latest \
  --secret warmup)
verb=create headers=--headers
if gcloud scheduler jobs describe flowers-dev-iris-ping --location europe-west3 >/dev/null 2>&1; then
  verb=update headers=--update-headers
fi
gcloud scheduler jobs "$verb" http flowers-dev-iris-ping \
  --location europe-west3 \
  --schedule '*/10 * * * *' \
  --uri "$url"/ready \
  --http-method GET \
  --attempt-deadline 60s \
  --max-retry-attempts 0 \
  --oidc-service-account-email flowers-dev-ping@flowers-1.iam.gserviceaccount.com \
  --oidc-token-audience "$url" \
  "$headers" "x-tricast-warmup=$secret"
