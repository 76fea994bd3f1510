#!/bin/sh
# Deploys flowers, stage dev, to Azure ML, with "az extension add --name ml". It updates what exists, so run it again after every build.
set -eu

if ! command -v az >/dev/null 2>&1; then
  echo 'az is not installed: https://learn.microsoft.com/cli/azure/install-azure-cli' >&2
  exit 1
fi

cd "$(dirname "$0")"

export AZURE_CORE_OUTPUT=none

# iris
if ! az ml online-endpoint show --resource-group flowers --workspace-name models --name flowers-dev-iris >/dev/null 2>&1; then
  az ml online-endpoint create \
    --resource-group flowers \
    --workspace-name models \
    --file iris-endpoint.yaml
fi

mode=$(az ml online-endpoint show \
  --resource-group flowers \
  --workspace-name models \
  --name flowers-dev-iris \
  --query auth_mode \
  --output tsv)
if [ "$mode" != key ]; then
  echo "The endpoint flowers-dev-iris has auth_mode $mode and the configuration asks for key. Azure ML does not change it: delete the endpoint first, or change endpoint.auth." >&2
  exit 1
fi

verb=create
if az ml online-deployment show --resource-group flowers --workspace-name models --endpoint-name flowers-dev-iris --name main >/dev/null 2>&1; then verb=update; fi
az ml online-deployment "$verb" \
  --resource-group flowers \
  --workspace-name models \
  --file iris-deployment.yaml

az ml online-endpoint update \
  --resource-group flowers \
  --workspace-name models \
  --name flowers-dev-iris \
  --traffic main=100

if ! az monitor autoscale show --resource-group flowers --name flowers-dev-iris >/dev/null 2>&1; then
  deployment=$(az ml online-deployment show \
    --resource-group flowers \
    --workspace-name models \
    --endpoint-name flowers-dev-iris \
    --name main \
    --query id \
    --output tsv)
  az monitor autoscale create \
    --resource-group flowers \
    --name flowers-dev-iris \
    --resource "$deployment" \
    --min-count 1 \
    --max-count 10 \
    --count 1
  az monitor autoscale rule create \
    --resource-group flowers \
    --autoscale-name flowers-dev-iris \
    --condition 'CpuUtilizationPercentage > 70 avg 5m' \
    --scale out 1
  az monitor autoscale rule create \
    --resource-group flowers \
    --autoscale-name flowers-dev-iris \
    --condition 'CpuUtilizationPercentage < 35 avg 5m' \
    --scale in 1
fi

az ml online-endpoint show \
  --resource-group flowers \
  --workspace-name models \
  --name flowers-dev-iris \
  --query scoring_uri \
  --output tsv
