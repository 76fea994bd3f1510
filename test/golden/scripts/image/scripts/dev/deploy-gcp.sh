#!/bin/sh
# Deploys flowers, stage dev, to Google Cloud. It updates what exists, so run it again after every build.
set -eu

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

# iris
if ! gcloud iam service-accounts describe flowers-dev-iris@flowers-1.iam.gserviceaccount.com >/dev/null 2>&1; then
  gcloud iam service-accounts create flowers-dev-iris \
    --display-name flowers-dev-iris
fi

gcloud run deploy flowers-dev-iris \
  --image europe-west3-docker.pkg.dev/flowers-1/models/iris:1.0.0 \
  --port 8080 \
  --cpu-boost \
  --startup-probe httpGet.path=/ready,periodSeconds=2,failureThreshold=120,timeoutSeconds=2 \
  --max-instances default \
  --region europe-west3 \
  --memory 1024Mi \
  --cpu 1 \
  --timeout 29s \
  --concurrency 8 \
  --min-instances 0 \
  --service-account flowers-dev-iris@flowers-1.iam.gserviceaccount.com \
  --set-env-vars '^@^TRICAST_REQUEST_TIMEOUT_MS=29000' \
  --clear-secrets \
  --allow-unauthenticated

gcloud run services describe flowers-dev-iris --region europe-west3 --format 'value(status.url)'
