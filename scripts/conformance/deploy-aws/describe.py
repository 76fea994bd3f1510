"""Prints every resource of a deployment in one region, from the APIs of AWS: describe.py REGION"""

import json
import sys

import boto3

REGION = sys.argv[1]


def client(name):
    return boto3.client(name, region_name=REGION)


def plain(answer):
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def unless_missing(call, missing, **arguments):
    try:
        return plain(call(**arguments))
    except missing:
        return None


def functions():
    api = client("lambda")
    missing = (api.exceptions.ResourceNotFoundException, api.exceptions.ProvisionedConcurrencyConfigNotFoundException)
    for function in api.list_functions()["Functions"]:
        name = function["FunctionName"]
        aliases = api.list_aliases(FunctionName=name)["Aliases"]
        yield {
            **plain(api.get_function(FunctionName=name)),
            "Aliases": [
                {
                    **alias,
                    **{
                        field: unless_missing(call, missing, FunctionName=name, Qualifier=alias["Name"])
                        for field, call in {
                            "Policy": api.get_policy,
                            "Url": api.get_function_url_config,
                            "Provisioned": api.get_provisioned_concurrency_config,
                        }.items()
                    },
                }
                for alias in aliases
            ],
        }


def scaling():
    api = client("application-autoscaling")
    return {
        "Targets": api.describe_scalable_targets(ServiceNamespace="lambda")["ScalableTargets"],
        "Policies": api.describe_scaling_policies(ServiceNamespace="lambda")["ScalingPolicies"],
        "Actions": api.describe_scheduled_actions(ServiceNamespace="lambda")["ScheduledActions"],
    }


def rules():
    api = client("events")
    for rule in api.list_rules()["Rules"]:
        yield {**rule, "Targets": api.list_targets_by_rule(Rule=rule["Name"])["Targets"]}


def http_apis():
    api = client("apigatewayv2")
    for one in api.get_apis()["Items"]:
        of = {"ApiId": one["ApiId"]}
        yield {
            **one,
            "Routes": api.get_routes(**of)["Items"],
            "Integrations": api.get_integrations(**of)["Items"],
            "Stages": api.get_stages(**of)["Items"],
        }


def rest_apis():
    api = client("apigateway")
    for one in api.get_rest_apis()["items"]:
        of = {"restApiId": one["id"]}
        yield {
            **one,
            "resources": api.get_resources(**of, embed=["methods"])["items"],
            "stages": api.get_stages(**of)["item"],
        }


def rollouts():
    api = client("codedeploy")
    for app in api.list_applications()["applications"]:
        for group in api.list_deployment_groups(applicationName=app)["deploymentGroups"]:
            of = {"applicationName": app, "deploymentGroupName": group}
            info = api.get_deployment_group(**of)["deploymentGroupInfo"]
            missing = api.exceptions.DeploymentConfigDoesNotExistException
            name = info["deploymentConfigName"]
            config = unless_missing(api.get_deployment_config, missing, deploymentConfigName=name)
            # moto cannot remove a group; without its configuration it counts as removed.
            if config is not None:
                yield {**info, "config": config["deploymentConfigInfo"]}


def role_policies():
    api = client("iam")
    for role in api.list_roles()["Roles"]:
        name = role["RoleName"]
        for policy in api.list_role_policies(RoleName=name)["PolicyNames"]:
            yield plain(api.get_role_policy(RoleName=name, PolicyName=policy))


print(
    json.dumps(
        {
            "functions": list(functions()),
            "scaling": scaling(),
            "rules": list(rules()),
            "httpApis": list(http_apis()),
            "restApis": list(rest_apis()),
            "logGroups": client("logs").describe_log_groups()["logGroups"],
            "layers": client("lambda").list_layers()["Layers"],
            "alarms": client("cloudwatch").describe_alarms()["MetricAlarms"],
            "dashboards": client("cloudwatch").list_dashboards()["DashboardEntries"],
            "rollouts": list(rollouts()),
            "rolePolicies": list(role_policies()),
        },
        default=str,
    )
)
