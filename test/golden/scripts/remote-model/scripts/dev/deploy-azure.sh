#!/bin/sh
# Deploys flowers, stage dev, to Azure Functions. It updates what exists, so run it again after every build.
set -eu

# Folder that "tricast build" has written.
artefacts=${ARTEFACTS:-.tricast}

if ! command -v az >/dev/null 2>&1; then
  echo 'az is not installed: https://learn.microsoft.com/cli/azure/install-azure-cli' >&2
  exit 1
fi

export AZURE_CORE_OUTPUT=none

group=flowers-dev
storage=flowersdev

az group create \
  --name "$group" \
  --location westeurope \
  --tags service=flowers stage=dev

az storage account create \
  --name "$storage" \
  --resource-group "$group" \
  --location westeurope \
  --sku Standard_LRS \
  --min-tls-version TLS1_2 \
  --allow-blob-public-access false

# iris
if ! az functionapp show --resource-group "$group" --name flowers-dev-iris >/dev/null 2>&1; then
  az functionapp create \
    --resource-group "$group" \
    --name flowers-dev-iris \
    --storage-account "$storage" \
    --flexconsumption-location westeurope \
    --runtime node \
    --runtime-version 24 \
    --instance-memory 2048 \
    --https-only true
fi

az functionapp scale config set \
  --resource-group "$group" \
  --name flowers-dev-iris \
  --instance-memory 2048 \
  --maximum-instance-count 50 \
  --trigger-type http \
  --trigger-settings perInstanceConcurrency=8

az functionapp scale config always-ready set \
  --resource-group "$group" \
  --name flowers-dev-iris \
  --settings http=0

az functionapp config appsettings set \
  --resource-group "$group" \
  --name flowers-dev-iris \
  --settings TRICAST_MODEL_IRIS=az://flowersmodels/models/iris@prod \
    'TOKEN=@Microsoft.KeyVault(SecretUri=https://flowers.vault.azure.net/secrets/token)' \
    TRICAST_AUTH_LEVEL=anonymous \
    'TRICAST_WARMUP_SCHEDULE=0 */5 * * * *'

principal=$(az functionapp identity assign \
  --resource-group "$group" \
  --name flowers-dev-iris \
  --query principalId \
  --output tsv)

scope=$(az resource list \
  --resource-type Microsoft.Storage/storageAccounts \
  --name flowersmodels \
  --query '[0].id' \
  --output tsv)
az role assignment create \
  --assignee-object-id "$principal" \
  --assignee-principal-type ServicePrincipal \
  --role 'Storage Blob Data Reader' \
  --scope "$scope"/blobServices/default/containers/models

scope=$(az resource list \
  --resource-type Microsoft.KeyVault/vaults \
  --name flowers \
  --query '[0].id' \
  --output tsv)
az role assignment create \
  --assignee-object-id "$principal" \
  --assignee-principal-type ServicePrincipal \
  --role 'Key Vault Secrets User' \
  --scope "$scope"/secrets/token

az functionapp deployment source config-zip \
  --resource-group "$group" \
  --name flowers-dev-iris \
  --src "$artefacts"/iris/azure-functions-x64/app.zip

az functionapp show \
  --resource-group "$group" \
  --name flowers-dev-iris \
  --query defaultHostName \
  --output tsv
