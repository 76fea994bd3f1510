#!/bin/sh
# Deploys tricast-examples, stage dev, to Azure Functions. It updates what exists, so run it again after every build.
set -eu

# Folder that "tricast build" has written.
artefacts=${ARTEFACTS:-.tricast}

if ! command -v az >/dev/null 2>&1; then
  echo 'az is not installed: https://learn.microsoft.com/cli/azure/install-azure-cli' >&2
  exit 1
fi

export AZURE_CORE_OUTPUT=none

group=tricast-examples-dev
storage=tricastexamplesdev

az group create \
  --name "$group" \
  --location westeurope \
  --tags service=tricast-examples stage=dev

az storage account create \
  --name "$storage" \
  --resource-group "$group" \
  --location westeurope \
  --sku Standard_LRS \
  --min-tls-version TLS1_2 \
  --allow-blob-public-access false

# iris
if ! az functionapp show --resource-group "$group" --name tricast-examples-dev-iris >/dev/null 2>&1; then
  az functionapp create \
    --resource-group "$group" \
    --name tricast-examples-dev-iris \
    --storage-account "$storage" \
    --flexconsumption-location westeurope \
    --runtime node \
    --runtime-version 24 \
    --instance-memory 2048 \
    --https-only true
fi

az functionapp scale config set \
  --resource-group "$group" \
  --name tricast-examples-dev-iris \
  --instance-memory 2048 \
  --maximum-instance-count 100 \
  --trigger-type http \
  --trigger-settings perInstanceConcurrency=8

az functionapp scale config always-ready set \
  --resource-group "$group" \
  --name tricast-examples-dev-iris \
  --settings http=0

az functionapp config appsettings set \
  --resource-group "$group" \
  --name tricast-examples-dev-iris \
  --settings TRICAST_LOG_LEVEL=info \
    TRICAST_AUTH_LEVEL=anonymous

az functionapp deployment source config-zip \
  --resource-group "$group" \
  --name tricast-examples-dev-iris \
  --src "$artefacts"/iris/azure-functions-x64/app.zip

az functionapp show \
  --resource-group "$group" \
  --name tricast-examples-dev-iris \
  --query defaultHostName \
  --output tsv

# digits
if ! az functionapp show --resource-group "$group" --name tricast-examples-dev-digits >/dev/null 2>&1; then
  az functionapp create \
    --resource-group "$group" \
    --name tricast-examples-dev-digits \
    --storage-account "$storage" \
    --flexconsumption-location westeurope \
    --runtime node \
    --runtime-version 24 \
    --instance-memory 2048 \
    --https-only true
fi

az functionapp scale config set \
  --resource-group "$group" \
  --name tricast-examples-dev-digits \
  --instance-memory 2048 \
  --maximum-instance-count 100 \
  --trigger-type http \
  --trigger-settings perInstanceConcurrency=8

az functionapp scale config always-ready set \
  --resource-group "$group" \
  --name tricast-examples-dev-digits \
  --settings http=0

az functionapp config appsettings set \
  --resource-group "$group" \
  --name tricast-examples-dev-digits \
  --settings TRICAST_LOG_LEVEL=info \
    TRICAST_AUTH_LEVEL=anonymous

az functionapp deployment source config-zip \
  --resource-group "$group" \
  --name tricast-examples-dev-digits \
  --src "$artefacts"/digits/azure-functions-x64/app.zip

az functionapp show \
  --resource-group "$group" \
  --name tricast-examples-dev-digits \
  --query defaultHostName \
  --output tsv

# language
if ! az functionapp show --resource-group "$group" --name tricast-examples-dev-language >/dev/null 2>&1; then
  az functionapp create \
    --resource-group "$group" \
    --name tricast-examples-dev-language \
    --storage-account "$storage" \
    --flexconsumption-location westeurope \
    --runtime node \
    --runtime-version 24 \
    --instance-memory 2048 \
    --https-only true
fi

az functionapp scale config set \
  --resource-group "$group" \
  --name tricast-examples-dev-language \
  --instance-memory 2048 \
  --maximum-instance-count 100 \
  --trigger-type http \
  --trigger-settings perInstanceConcurrency=8

az functionapp scale config always-ready set \
  --resource-group "$group" \
  --name tricast-examples-dev-language \
  --settings http=0

az functionapp config appsettings set \
  --resource-group "$group" \
  --name tricast-examples-dev-language \
  --settings TRICAST_LOG_LEVEL=info \
    TRICAST_AUTH_LEVEL=anonymous

az functionapp deployment source config-zip \
  --resource-group "$group" \
  --name tricast-examples-dev-language \
  --src "$artefacts"/language/azure-functions-x64/app.zip

az functionapp show \
  --resource-group "$group" \
  --name tricast-examples-dev-language \
  --query defaultHostName \
  --output tsv
