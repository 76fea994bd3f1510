"""boto3's SageMaker runtime client, through a proxy that acts like the platform: sagemaker.py ADDRESS"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from checks import check, rejects, run_checks

FLOWER = {"features": [5.1, 3.5, 1.4, 0.2]}
client = boto3.client(
    "sagemaker-runtime",
    endpoint_url=f"http://{sys.argv[1]}",
    region_name="eu-central-1",
    aws_access_key_id="none",
    aws_secret_access_key="none",
    config=Config(retries={"max_attempts": 1}),
)


def invoke(body, **how):
    response = client.invoke_endpoint(EndpointName="flowers", TargetModel="iris", Body=body, **how)
    return response, response["Body"].read().decode()


@check("JSON in and out")
def _():
    response, body = invoke(json.dumps(FLOWER), ContentType="application/json")
    assert response["ContentType"] == "application/json"
    assert json.loads(body)["label"] == "setosa"


@check("JSON of several")
def _():
    _, body = invoke(json.dumps({"instances": [FLOWER, FLOWER]}), ContentType="application/json")
    assert len(json.loads(body)["predictions"]) == 2


@check("CSV in, CSV out")
def _():
    response, body = invoke("5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n", ContentType="text/csv", Accept="text/csv")
    assert response["ContentType"] == "text/csv"
    assert [line.split(",")[0] for line in body.splitlines()] == ["setosa", "virginica"]


@check("JSON Lines in and out")
def _():
    lines = "".join(json.dumps(FLOWER) + "\n" for _ in range(3))
    response, body = invoke(lines, ContentType="application/jsonlines", Accept="application/jsonlines")
    assert response["ContentType"] == "application/jsonlines"
    assert [json.loads(line)["label"] for line in body.splitlines()] == ["setosa"] * 3


@check("custom attributes and session ids, there and back")
def _():
    response = client.invoke_endpoint(
        EndpointName="sessions",
        TargetModel="session",
        Body=json.dumps({"text": "a"}),
        ContentType="application/json",
        CustomAttributes="user=9",
        SessionId="NEW_SESSION",
        InferenceId="inference-1",
    )
    assert response["CustomAttributes"] == "trace=7", response
    assert response["NewSessionId"].startswith("abc"), response
    assert json.loads(response["Body"].read())["attributes"] == "user=9"


@check("an error of the container is a ModelError that says what is wrong")
def _():
    error = rejects(lambda: invoke('{"features": [1]}', ContentType="application/json"), ClientError, "Invalid type")
    assert error.response["OriginalStatusCode"] == 400, error.response
    assert json.loads(error.response["OriginalMessage"])["code"] == "invalid-input"


@check("a content type that the container does not take")
def _():
    error = rejects(lambda: invoke("<a/>", ContentType="application/xml"), ClientError, "not supported")
    assert error.response["OriginalStatusCode"] == 415


run_checks()
