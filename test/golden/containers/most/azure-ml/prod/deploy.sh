#!/bin/sh
# Deploys flowers, stage prod, to Azure ML, with "az extension add --name ml". It updates what exists, so run it again after every build.
set -eu

if ! command -v az >/dev/null 2>&1; then
  echo 'az is not installed: https://learn.microsoft.com/cli/azure/install-azure-cli' >&2
  exit 1
fi

cd "$(dirname "$0")"

export AZURE_CORE_OUTPUT=none

# iris
if ! az ml online-endpoint show --resource-group flowers-rg --workspace-name models --name flowers-prod-iris >/dev/null 2>&1; then
  az ml online-endpoint create \
    --resource-group flowers-rg \
    --workspace-name models \
    --file iris-endpoint.yaml
fi

mode=$(az ml online-endpoint show \
  --resource-group flowers-rg \
  --workspace-name models \
  --name flowers-prod-iris \
  --query auth_mode \
  --output tsv)
if [ "$mode" != aad_token ]; then
  echo "The endpoint flowers-prod-iris has auth_mode $mode and the configuration asks for aad_token. Azure ML does not change it: delete the endpoint first, or change endpoint.auth." >&2
  exit 1
fi

principal=$(az ml online-endpoint show \
  --resource-group flowers-rg \
  --workspace-name models \
  --name flowers-prod-iris \
  --query identity.principal_id \
  --output tsv)
scope=$(az storage account show \
  --name flowersmodels \
  --query id \
  --output tsv)
az role assignment create \
  --assignee-object-id "$principal" \
  --assignee-principal-type ServicePrincipal \
  --role 'Storage Blob Data Reader' \
  --scope "$scope"/blobServices/default/containers/models

verb=create
if az ml online-deployment show --resource-group flowers-rg --workspace-name models --endpoint-name flowers-prod-iris --name main >/dev/null 2>&1; then verb=update; fi
az ml online-deployment "$verb" \
  --resource-group flowers-rg \
  --workspace-name models \
  --file iris-deployment.yaml

az ml online-endpoint update \
  --resource-group flowers-rg \
  --workspace-name models \
  --name flowers-prod-iris \
  --traffic main=100

if ! az monitor autoscale show --resource-group flowers-rg --name flowers-prod-iris >/dev/null 2>&1; then
  deployment=$(az ml online-deployment show \
    --resource-group flowers-rg \
    --workspace-name models \
    --endpoint-name flowers-prod-iris \
    --name main \
    --query id \
    --output tsv)
  az monitor autoscale create \
    --resource-group flowers-rg \
    --name flowers-prod-iris \
    --resource "$deployment" \
    --min-count 2 \
    --max-count 10 \
    --count 2
  az monitor autoscale rule create \
    --resource-group flowers-rg \
    --autoscale-name flowers-prod-iris \
    --condition 'CpuUtilizationPercentage > 70 avg 5m' \
    --scale out 1
  az monitor autoscale rule create \
    --resource-group flowers-rg \
    --autoscale-name flowers-prod-iris \
    --condition 'CpuUtilizationPercentage < 35 avg 5m' \
    --scale in 1
fi

az ml online-endpoint show \
  --resource-group flowers-rg \
  --workspace-name models \
  --name flowers-prod-iris \
  --query scoring_uri \
  --output tsv

# digits
if ! az ml online-endpoint show --resource-group flowers-rg --workspace-name models --name flowers-prod-digits >/dev/null 2>&1; then
  az ml online-endpoint create \
    --resource-group flowers-rg \
    --workspace-name models \
    --file digits-endpoint.yaml
fi

mode=$(az ml online-endpoint show \
  --resource-group flowers-rg \
  --workspace-name models \
  --name flowers-prod-digits \
  --query auth_mode \
  --output tsv)
if [ "$mode" != aad_token ]; then
  echo "The endpoint flowers-prod-digits has auth_mode $mode and the configuration asks for aad_token. Azure ML does not change it: delete the endpoint first, or change endpoint.auth." >&2
  exit 1
fi

principal=$(az ml online-endpoint show \
  --resource-group flowers-rg \
  --workspace-name models \
  --name flowers-prod-digits \
  --query identity.principal_id \
  --output tsv)
scope=$(az storage account show \
  --name flowersmodels \
  --query id \
  --output tsv)
az role assignment create \
  --assignee-object-id "$principal" \
  --assignee-principal-type ServicePrincipal \
  --role 'Storage Blob Data Reader' \
  --scope "$scope"/blobServices/default/containers/models

verb=create
if az ml online-deployment show --resource-group flowers-rg --workspace-name models --endpoint-name flowers-prod-digits --name main >/dev/null 2>&1; then verb=update; fi
az ml online-deployment "$verb" \
  --resource-group flowers-rg \
  --workspace-name models \
  --file digits-deployment.yaml

az ml online-endpoint update \
  --resource-group flowers-rg \
  --workspace-name models \
  --name flowers-prod-digits \
  --traffic main=100

if ! az monitor autoscale show --resource-group flowers-rg --name flowers-prod-digits >/dev/null 2>&1; then
  deployment=$(az ml online-deployment show \
    --resource-group flowers-rg \
    --workspace-name models \
    --endpoint-name flowers-prod-digits \
    --name main \
    --query id \
    --output tsv)
  az monitor autoscale create \
    --resource-group flowers-rg \
    --name flowers-prod-digits \
    --resource "$deployment" \
    --min-count 2 \
    --max-count 10 \
    --count 2
  az monitor autoscale rule create \
    --resource-group flowers-rg \
    --autoscale-name flowers-prod-digits \
    --condition 'CpuUtilizationPercentage > 70 avg 5m' \
    --scale out 1
  az monitor autoscale rule create \
    --resource-group flowers-rg \
    --autoscale-name flowers-prod-digits \
    --condition 'CpuUtilizationPercentage < 35 avg 5m' \
    --scale in 1
fi

az ml online-endpoint show \
  --resource-group flowers-rg \
  --workspace-name models \
  --name flowers-prod-digits \
  --query scoring_uri \
  --output tsv
