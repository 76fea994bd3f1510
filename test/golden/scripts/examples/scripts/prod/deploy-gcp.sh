#!/bin/sh
# Deploys tricast-examples, stage prod, to Google Cloud. It updates what exists, so run it again after every build.
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

if ! gcloud storage buckets describe gs://tricast-examples-tricast-examples-prod >/dev/null 2>&1; then
  gcloud storage buckets create gs://tricast-examples-tricast-examples-prod \
    --location europe-west3 \
    --uniform-bucket-level-access \
    --public-access-prevention
fi

# iris
if ! gcloud iam service-accounts describe tricast-examples-prod-iris@tricast-examples.iam.gserviceaccount.com >/dev/null 2>&1; then
  gcloud iam service-accounts create tricast-examples-prod-iris \
    --display-name tricast-examples-prod-iris
fi

public=
if gcloud run services describe tricast-examples-prod-iris --region europe-west3 >/dev/null 2>&1; then
  public=$(gcloud run services get-iam-policy tricast-examples-prod-iris \
    --region europe-west3 \
    --flatten 'bindings[].members' \
    --filter 'bindings.role=roles/run.invoker AND bindings.members=allUsers' \
    --format 'value(bindings.members)')
fi
if [ -n "$public" ]; then
  gcloud run services remove-iam-policy-binding tricast-examples-prod-iris \
    --region europe-west3 \
    --member allUsers \
    --role roles/run.invoker
fi

gcloud storage cp "$artefacts"/iris/cloud-functions-x64/source.zip gs://tricast-examples-tricast-examples-prod/iris/source.zip

gcloud functions deploy tricast-examples-prod-iris \
  --gen2 \
  --runtime nodejs24 \
  --trigger-http \
  --entry-point iris \
  --source gs://tricast-examples-tricast-examples-prod/iris/source.zip \
  --set-build-env-vars GOOGLE_VENDOR_NPM_DEPENDENCIES=true \
  --clear-max-instances \
  --region europe-west3 \
  --memory 1024Mi \
  --cpu 1 \
  --timeout 29s \
  --concurrency 8 \
  --min-instances 1 \
  --service-account tricast-examples-prod-iris@tricast-examples.iam.gserviceaccount.com \
  --set-env-vars '^@^TRICAST_LOG_LEVEL=info' \
  --clear-secrets \
  --no-allow-unauthenticated \
  --update-labels project=tricast-examples

gcloud functions describe tricast-examples-prod-iris --gen2 --region europe-west3 --format 'value(serviceConfig.uri)'

# digits
if ! gcloud iam service-accounts describe tricast-examples-prod-digits@tricast-examples.iam.gserviceaccount.com >/dev/null 2>&1; then
  gcloud iam service-accounts create tricast-examples-prod-digits \
    --display-name tricast-examples-prod-digits
fi

public=
if gcloud run services describe tricast-examples-prod-digits --region europe-west3 >/dev/null 2>&1; then
  public=$(gcloud run services get-iam-policy tricast-examples-prod-digits \
    --region europe-west3 \
    --flatten 'bindings[].members' \
    --filter 'bindings.role=roles/run.invoker AND bindings.members=allUsers' \
    --format 'value(bindings.members)')
fi
if [ -n "$public" ]; then
  gcloud run services remove-iam-policy-binding tricast-examples-prod-digits \
    --region europe-west3 \
    --member allUsers \
    --role roles/run.invoker
fi

gcloud storage cp "$artefacts"/digits/cloud-functions-x64/source.zip gs://tricast-examples-tricast-examples-prod/digits/source.zip

gcloud functions deploy tricast-examples-prod-digits \
  --gen2 \
  --runtime nodejs24 \
  --trigger-http \
  --entry-point digits \
  --source gs://tricast-examples-tricast-examples-prod/digits/source.zip \
  --set-build-env-vars GOOGLE_VENDOR_NPM_DEPENDENCIES=true \
  --clear-max-instances \
  --region europe-west3 \
  --memory 2048Mi \
  --cpu 1 \
  --timeout 29s \
  --concurrency 8 \
  --min-instances 1 \
  --service-account tricast-examples-prod-digits@tricast-examples.iam.gserviceaccount.com \
  --set-env-vars '^@^TRICAST_LOG_LEVEL=info' \
  --clear-secrets \
  --no-allow-unauthenticated \
  --update-labels project=tricast-examples

gcloud functions describe tricast-examples-prod-digits --gen2 --region europe-west3 --format 'value(serviceConfig.uri)'

# language
if ! gcloud iam service-accounts describe tricast-examples-prod-language@tricast-examples.iam.gserviceaccount.com >/dev/null 2>&1; then
  gcloud iam service-accounts create tricast-examples-prod-language \
    --display-name tricast-examples-prod-language
fi

public=
if gcloud run services describe tricast-examples-prod-language --region europe-west3 >/dev/null 2>&1; then
  public=$(gcloud run services get-iam-policy tricast-examples-prod-language \
    --region europe-west3 \
    --flatten 'bindings[].members' \
    --filter 'bindings.role=roles/run.invoker AND bindings.members=allUsers' \
    --format 'value(bindings.members)')
fi
if [ -n "$public" ]; then
  gcloud run services remove-iam-policy-binding tricast-examples-prod-language \
    --region europe-west3 \
    --member allUsers \
    --role roles/run.invoker
fi

gcloud storage cp "$artefacts"/language/cloud-functions-x64/source.zip gs://tricast-examples-tricast-examples-prod/language/source.zip

gcloud functions deploy tricast-examples-prod-language \
  --gen2 \
  --runtime nodejs24 \
  --trigger-http \
  --entry-point language \
  --source gs://tricast-examples-tricast-examples-prod/language/source.zip \
  --set-build-env-vars GOOGLE_VENDOR_NPM_DEPENDENCIES=true \
  --clear-max-instances \
  --region europe-west3 \
  --memory 1024Mi \
  --cpu 1 \
  --timeout 20s \
  --concurrency 8 \
  --min-instances 1 \
  --service-account tricast-examples-prod-language@tricast-examples.iam.gserviceaccount.com \
  --set-env-vars '^@^TRICAST_LOG_LEVEL=info' \
  --clear-secrets \
  --no-allow-unauthenticated \
  --update-labels project=tricast-examples

gcloud functions describe tricast-examples-prod-language --gen2 --region europe-west3 --format 'value(serviceConfig.uri)'
