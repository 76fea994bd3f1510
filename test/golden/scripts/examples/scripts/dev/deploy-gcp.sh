#!/bin/sh
# Deploys tricast-examples, stage dev, to Google Cloud. It updates what exists, so run it again after every build.
set -eu

# Folder that "tricast build" has written.
artefacts=${ARTEFACTS:-.tricast}

if ! command -v gcloud >/dev/null 2>&1; then
  echo 'gcloud is not installed: https://cloud.google.com/sdk/docs/install' >&2
  exit 1
fi

export CLOUDSDK_CORE_PROJECT=tricast-examples CLOUDSDK_CORE_DISABLE_PROMPTS=1

gcloud services enable cloudbuild.googleapis.com \
  cloudfunctions.googleapis.com \
  cloudscheduler.googleapis.com \
  run.googleapis.com \
  secretmanager.googleapis.com

if ! gcloud storage buckets describe gs://tricast-examples-tricast-examples-dev >/dev/null 2>&1; then
  gcloud storage buckets create gs://tricast-examples-tricast-examples-dev \
    --location europe-west3 \
    --uniform-bucket-level-access \
    --public-access-prevention
fi

# iris
if ! gcloud iam service-accounts describe tricast-examples-dev-iris@tricast-examples.iam.gserviceaccount.com >/dev/null 2>&1; then
  gcloud iam service-accounts create tricast-examples-dev-iris \
    --display-name tricast-examples-dev-iris
fi

gcloud storage cp "$artefacts"/iris/cloud-functions-x64/source.zip gs://tricast-examples-tricast-examples-dev/iris/source.zip

gcloud functions deploy tricast-examples-dev-iris \
  --gen2 \
  --runtime nodejs24 \
  --trigger-http \
  --entry-point iris \
  --source gs://tricast-examples-tricast-examples-dev/iris/source.zip \
  --set-build-env-vars GOOGLE_VENDOR_NPM_DEPENDENCIES=true \
  --clear-max-instances \
  --region europe-west3 \
  --memory 1024Mi \
  --cpu 1 \
  --timeout 29s \
  --concurrency 8 \
  --min-instances 0 \
  --service-account tricast-examples-dev-iris@tricast-examples.iam.gserviceaccount.com \
  --set-env-vars '^@^TRICAST_LOG_LEVEL=info' \
  --clear-secrets \
  --allow-unauthenticated \
  --update-labels project=tricast-examples

gcloud functions describe tricast-examples-dev-iris --gen2 --region europe-west3 --format 'value(serviceConfig.uri)'

# digits
if ! gcloud iam service-accounts describe tricast-examples-dev-digits@tricast-examples.iam.gserviceaccount.com >/dev/null 2>&1; then
  gcloud iam service-accounts create tricast-examples-dev-digits \
    --display-name tricast-examples-dev-digits
fi

gcloud storage cp "$artefacts"/digits/cloud-functions-x64/source.zip gs://tricast-examples-tricast-examples-dev/digits/source.zip

gcloud functions deploy tricast-examples-dev-digits \
  --gen2 \
  --runtime nodejs24 \
  --trigger-http \
  --entry-point digits \
  --source gs://tricast-examples-tricast-examples-dev/digits/source.zip \
  --set-build-env-vars GOOGLE_VENDOR_NPM_DEPENDENCIES=true \
  --clear-max-instances \
  --region europe-west3 \
  --memory 2048Mi \
  --cpu 1 \
  --timeout 29s \
  --concurrency 8 \
  --min-instances 0 \
  --service-account tricast-examples-dev-digits@tricast-examples.iam.gserviceaccount.com \
  --set-env-vars '^@^TRICAST_LOG_LEVEL=info' \
  --clear-secrets \
  --allow-unauthenticated \
  --update-labels project=tricast-examples

gcloud functions describe tricast-examples-dev-digits --gen2 --region europe-west3 --format 'value(serviceConfig.uri)'

# language
if ! gcloud iam service-accounts describe tricast-examples-dev-language@tricast-examples.iam.gserviceaccount.com >/dev/null 2>&1; then
  gcloud iam service-accounts create tricast-examples-dev-language \
    --display-name tricast-examples-dev-language
fi

gcloud storage cp "$artefacts"/language/cloud-functions-x64/source.zip gs://tricast-examples-tricast-examples-dev/language/source.zip

gcloud functions deploy tricast-examples-dev-language \
  --gen2 \
  --runtime nodejs24 \
  --trigger-http \
  --entry-point language \
  --source gs://tricast-examples-tricast-examples-dev/language/source.zip \
  --set-build-env-vars GOOGLE_VENDOR_NPM_DEPENDENCIES=true \
  --clear-max-instances \
  --region europe-west3 \
  --memory 1024Mi \
  --cpu 1 \
  --timeout 20s \
  --concurrency 8 \
  --min-instances 0 \
  --service-account tricast-examples-dev-language@tricast-examples.iam.gserviceaccount.com \
  --set-env-vars '^@^TRICAST_LOG_LEVEL=info' \
  --clear-secrets \
  --allow-unauthenticated \
  --update-labels project=tricast-examples

gcloud functions describe tricast-examples-dev-language --gen2 --region europe-west3 --format 'value(serviceConfig.uri)'
