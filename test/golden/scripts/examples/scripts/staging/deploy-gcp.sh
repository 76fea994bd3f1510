#!/bin/sh
# Deploys tricast-examples, stage staging, to Google Cloud. It updates what exists, so run it again after every build.
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

if ! gcloud storage buckets describe gs://tricast-examples-tricast-examples-staging >/dev/null 2>&1; then
  gcloud storage buckets create gs://tricast-examples-tricast-examples-staging \
    --location europe-west3 \
    --uniform-bucket-level-access \
    --public-access-prevention
fi

# iris
if ! gcloud iam service-accounts describe tricast-examples-staging-iris@tricast-examples.iam.gserviceaccount.com >/dev/null 2>&1; then
  gcloud iam service-accounts create tricast-examples-staging-iris \
    --display-name tricast-examples-staging-iris
fi

gcloud storage cp "$artefacts"/iris/cloud-functions-x64/source.zip gs://tricast-examples-tricast-examples-staging/iris/source.zip

gcloud functions deploy tricast-examples-staging-iris \
  --gen2 \
  --runtime nodejs24 \
  --trigger-http \
  --entry-point iris \
  --source gs://tricast-examples-tricast-examples-staging/iris/source.zip \
  --set-build-env-vars GOOGLE_VENDOR_NPM_DEPENDENCIES=true \
  --clear-max-instances \
  --region europe-west3 \
  --memory 1024Mi \
  --cpu 1 \
  --timeout 29s \
  --concurrency 8 \
  --min-instances 1 \
  --service-account tricast-examples-staging-iris@tricast-examples.iam.gserviceaccount.com \
  --set-env-vars '^@^TRICAST_LOG_LEVEL=info' \
  --clear-secrets \
  --allow-unauthenticated \
  --update-labels project=tricast-examples

gcloud functions describe tricast-examples-staging-iris --gen2 --region europe-west3 --format 'value(serviceConfig.uri)'

# digits
if ! gcloud iam service-accounts describe tricast-examples-stagin-6709dc@tricast-examples.iam.gserviceaccount.com >/dev/null 2>&1; then
  gcloud iam service-accounts create tricast-examples-stagin-6709dc \
    --display-name tricast-examples-staging-digits
fi

gcloud storage cp "$artefacts"/digits/cloud-functions-x64/source.zip gs://tricast-examples-tricast-examples-staging/digits/source.zip

gcloud functions deploy tricast-examples-staging-digits \
  --gen2 \
  --runtime nodejs24 \
  --trigger-http \
  --entry-point digits \
  --source gs://tricast-examples-tricast-examples-staging/digits/source.zip \
  --set-build-env-vars GOOGLE_VENDOR_NPM_DEPENDENCIES=true \
  --clear-max-instances \
  --region europe-west3 \
  --memory 2048Mi \
  --cpu 1 \
  --timeout 29s \
  --concurrency 8 \
  --min-instances 1 \
  --service-account tricast-examples-stagin-6709dc@tricast-examples.iam.gserviceaccount.com \
  --set-env-vars '^@^TRICAST_LOG_LEVEL=info' \
  --clear-secrets \
  --allow-unauthenticated \
  --update-labels project=tricast-examples

gcloud functions describe tricast-examples-staging-digits --gen2 --region europe-west3 --format 'value(serviceConfig.uri)'

# language
if ! gcloud iam service-accounts describe tricast-examples-stagin-5133ac@tricast-examples.iam.gserviceaccount.com >/dev/null 2>&1; then
  gcloud iam service-accounts create tricast-examples-stagin-5133ac \
    --display-name tricast-examples-staging-language
fi

gcloud storage cp "$artefacts"/language/cloud-functions-x64/source.zip gs://tricast-examples-tricast-examples-staging/language/source.zip

gcloud functions deploy tricast-examples-staging-language \
  --gen2 \
  --runtime nodejs24 \
  --trigger-http \
  --entry-point language \
  --source gs://tricast-examples-tricast-examples-staging/language/source.zip \
  --set-build-env-vars GOOGLE_VENDOR_NPM_DEPENDENCIES=true \
  --clear-max-instances \
  --region europe-west3 \
  --memory 1024Mi \
  --cpu 1 \
  --timeout 20s \
  --concurrency 8 \
  --min-instances 1 \
  --service-account tricast-examples-stagin-5133ac@tricast-examples.iam.gserviceaccount.com \
  --set-env-vars '^@^TRICAST_LOG_LEVEL=info' \
  --clear-secrets \
  --allow-unauthenticated \
  --update-labels project=tricast-examples

gcloud functions describe tricast-examples-staging-language --gen2 --region europe-west3 --format 'value(serviceConfig.uri)'
