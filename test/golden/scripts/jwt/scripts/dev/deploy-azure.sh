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

# Only callers with a token of the issuer.
app=$(az functionapp show \
  --resource-group "$group" \
  --name flowers-dev-iris \
  --query id \
  --output tsv)
az rest \
  --method put \
  --url "$app/config/authsettingsV2?api-version=2024-04-01" \
  --body '{
  "properties": {
    "platform": {
      "enabled": true
    },
    "globalValidation": {
      "requireAuthentication": true,
      "unauthenticatedClientAction": "Return401"
    },
    "httpSettings": {
      "requireHttps": true
    },
    "identityProviders": {
      "azureActiveDirectory": {
        "enabled": true,
        "registration": {
          "openIdIssuer": "https://login.microsoftonline.com/6babcaad-604b-40ac-a9d7-9fd97c0b779f/v2.0",
          "clientId": "api://flowers"
        },
        "validation": {
          "allowedAudiences": [
            "api://flowers"
          ]
        }
      }
    }
  }
}'

az functionapp scale config set \
  --resource-group "$group" \
  --name flowers-dev-iris \
  --instance-memory 2048 \
  --maximum-instance-count 100 \
  --trigger-type http \
  --trigger-settings perInstanceConcurrency=8

az functionapp scale config always-ready set \
  --resource-group "$group" \
  --name flowers-dev-iris \
  --settings http=0

az functionapp config appsettings set \
  --resource-group "$group" \
  --name flowers-dev-iris \
  --settings TRICAST_AUTH_LEVEL=anonymous

az functionapp cors add \
  --resource-group "$group" \
  --name flowers-dev-iris \
  --allowed-origins https://flowers.example

az functionapp deployment source config-zip \
  --resource-group "$group" \
  --name flowers-dev-iris \
  --src "$artefacts"/iris/azure-functions-x64/app.zip

az functionapp show \
  --resource-group "$group" \
  --name flowers-dev-iris \
  --query defaultHostName \
  --output tsv
