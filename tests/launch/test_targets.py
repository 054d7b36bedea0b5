"""Each target gets a manifest that its own model takes, and no manifest holds a secret."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import kubeflow_trainer_api.models as kubeflow_models
import pytest
import yaml
from botocore.validate import ParamValidator

from burnish.core.errors import PlanError
from burnish.launch.job import Job, cost
from burnish.launch.sagemaker import CHECKPOINTS
from burnish.launch.targets import TARGETS
from burnish.plan_launch import LaunchPlan, LaunchResources, SageMakerPlan, SecretVariable

if TYPE_CHECKING:
    from burnish.launch.job import Manifest

Of = Callable[..., Job]
SECRET = SecretVariable(variable="STORE_KEY", secret="burnish", entry="store")
REFERS = ("kubernetes", "kubeflow", "skypilot")
MODELS = {
    "kubernetes": kubeflow_models.IoK8sApiBatchV1Job,
    "kubeflow": kubeflow_models.TrainerV1alpha1TrainJob,
}


def manifest(target: str, job: Of, **changes: Any) -> Manifest:
    return TARGETS[target](job(**changes))


@pytest.mark.parametrize("target", TARGETS)
def test_the_same_plan_makes_the_same_manifest(target: str, job: Of) -> None:
    assert manifest(target, job) == manifest(target, job)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_runs_the_same_command_and_counts_its_starts(target: str, job: Of) -> None:
    text = manifest(target, job).text

    assert "burnish run --plan burnish.yaml --quiet" in text
    assert ".burnish/launched/support-20261122t053300" in text
    assert "-gt 4 ]" in text


@pytest.mark.parametrize("target", TARGETS)
def test_who_restarts_and_how_the_keys_come_is_told(target: str, job: Of) -> None:
    restarts, keys, *_ = manifest(target, job).told

    assert restarts.startswith("restarts: ")
    assert "3 times" in restarts
    assert "store.key: file:" in keys
    assert "dana.pem is who acts" in keys


@pytest.mark.parametrize("target", TARGETS)
def test_a_plan_that_says_nothing_is_refused_with_all_that_it_lacks(target: str) -> None:
    with pytest.raises(PlanError, match=r"the plan lacks launch\.") as refused:
        TARGETS[target](Job("x", "burnish.yaml", LaunchPlan()))

    assert "docs/launch.md" in refused.value.remedy


def test_everything_that_is_missing_is_named_at_once(job: Of) -> None:
    with pytest.raises(PlanError) as refused:
        manifest("sagemaker", job, image=None, sagemaker=SageMakerPlan())

    for name in ("image", "sagemaker.role", "sagemaker.region", "sagemaker.instance"):
        assert f"launch.{name}" in refused.value.problem


@pytest.mark.parametrize("target", sorted(set(TARGETS) - set(REFERS)))
def test_a_target_that_would_be_given_the_value_of_a_secret_is_refused(
    target: str, job: Of
) -> None:
    with pytest.raises(PlanError, match="knows no reference to a secret"):
        manifest(target, job, secrets=(SECRET,))


@pytest.mark.parametrize("target", REFERS)
def test_a_secret_is_referred_to_and_has_no_value(
    target: str, job: Of, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE_KEY", "5c" * 32)

    made = manifest(target, job, secrets=(SECRET,))

    assert "STORE_KEY" in made.text
    assert "5c5c" not in made.text + "".join(made.client)


@pytest.mark.parametrize("target", MODELS)
@pytest.mark.parametrize("spot", [True, False])
def test_kubernetes_models_keep_every_key(target: str, spot: bool, job: Of) -> None:
    """The models drop a key that they do not know, so what comes back is compared."""
    given = yaml.safe_load(manifest(target, job, spot=spot, secrets=(SECRET,)).text)

    kept = MODELS[target].from_dict(given)

    assert kept is not None
    assert kept.to_dict() == given


def test_a_key_that_kubernetes_does_not_know_is_noticed(job: Of) -> None:
    given = yaml.safe_load(manifest("kubernetes", job).text)
    given["spec"]["backofLimit"] = 3

    kept = MODELS["kubernetes"].from_dict(given)

    assert kept is not None
    assert kept.to_dict() != given


def test_kubernetes_ends_the_job_at_every_exit_code_but_the_one_that_goes_on(job: Of) -> None:
    spec = yaml.safe_load(manifest("kubernetes", job).text)["spec"]
    final = spec["podFailurePolicy"]["rules"][1]["onExitCodes"]["values"]

    assert final == [1, 2, 3, 4, 5, 6, 8]
    assert spec["backoffLimit"] == 3
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] > 120


@pytest.mark.parametrize("spot", [True, False])
def test_sagemaker_takes_the_request(spot: bool, job: Of, s3_server: str) -> None:
    """The server of the store's tests speaks for all of AWS; mocks would reset what it holds."""
    request = json.loads(manifest("sagemaker", job, spot=spot).text)
    named = {**request, "TrainingJobName": f"{request['TrainingJobName']}-{spot}"}

    client = boto3.client(
        "sagemaker", region_name="us-east-1", endpoint_url=s3_server,
        aws_access_key_id="t", aws_secret_access_key="t",
    )  # fmt: skip
    client.create_training_job(**named)
    told = client.describe_training_job(TrainingJobName=named["TrainingJobName"])

    assert told["StoppingCondition"]["MaxRuntimeInSeconds"] == 12 * 3600
    assert told["EnableManagedSpotTraining"] is spot
    assert ("MaxWaitTimeInSeconds" in told["StoppingCondition"]) is spot


def test_sagemaker_is_given_no_argument_that_is_too_long_and_no_unknown_machine(job: Of) -> None:
    """boto3 looks at names and types only, so the rest of the service's model is read here."""
    service = botocore.session.get_session().get_service_model("sagemaker")
    shape = service.shape_for("TrainingContainerArgument")
    request = json.loads(manifest("sagemaker", job).text)
    arguments = request["AlgorithmSpecification"]["ContainerArguments"]

    assert max(map(len, arguments)) <= shape.metadata["max"]
    assert len(arguments) <= service.shape_for("TrainingContainerArguments").metadata["max"]
    machine = request["ResourceConfig"]["InstanceType"]
    assert machine in service.shape_for("TrainingInstanceType").metadata["enum"]


def test_a_request_with_an_unknown_key_is_noticed(job: Of) -> None:
    service = botocore.session.get_session().get_service_model("sagemaker")
    request = json.loads(manifest("sagemaker", job).text) | {"Spot": True}
    shape = service.operation_model("CreateTrainingJob").input_shape

    assert "Spot" in ParamValidator().validate(request, shape).generate_report()


def test_sagemaker_runs_the_lines_of_its_arguments_one_after_the_other(job: Of) -> None:
    asked = json.loads(manifest("sagemaker", job).text)["AlgorithmSpecification"]
    words = [*asked["ContainerEntrypoint"], "set -eu", "if true; then", "  echo 'a  b'", "fi"]

    done = subprocess.run(words, capture_output=True, text=True, check=True)

    assert done.stdout == "a  b\n"


def test_a_project_may_be_copied_to_a_bucket_instead_of_a_file_system(job: Of) -> None:
    plan = job().launch.sagemaker.model_copy(
        update={"file_system": None, "checkpoints": "s3://bucket/project"}
    )

    request = json.loads(manifest("sagemaker", job, sagemaker=plan).text)

    assert request["CheckpointConfig"]["LocalPath"] == CHECKPOINTS
    assert f"cd {CHECKPOINTS}" in request["AlgorithmSpecification"]["ContainerArguments"]


def test_skypilot_gets_what_its_schema_names(job: Of) -> None:
    """As seen with `sky.Task.from_yaml_config` of SkyPilot 0.14.1, which refuses unknown keys."""
    task = yaml.safe_load(manifest("skypilot", job, secrets=(SECRET,)).text)

    known = {"name", "resources", "num_nodes", "volumes", "file_mounts", "secrets", "run"}
    assert set(task) == known
    assert task["resources"]["accelerators"] == "H100:8"
    assert task["resources"]["job_recovery"] == {"max_restarts_on_errors": 3}
    assert task["secrets"] == {"STORE_KEY": None}


def test_azure_gets_what_its_schema_names(job: Of) -> None:
    """As seen with `azure.ai.ml.load_job` 1.35.2, whose schema refuses unknown keys."""
    asked = yaml.safe_load(manifest("azureml", job).text)

    assert set(asked) == {
        "type", "name", "experiment_name", "command", "environment", "compute", "resources",
        "limits", "inputs", "outputs",
    }  # fmt: skip
    assert asked["outputs"]["project"]["mode"] == "rw_mount"


def test_vertex_gets_what_its_message_names(job: Of) -> None:
    """As seen with `CustomJobSpec` of google-cloud-aiplatform 2.7.0, parsed from this text."""
    spec = yaml.safe_load(manifest("vertex", job).text)

    assert set(spec) == {"workerPoolSpecs", "scheduling", "network"}
    assert spec["scheduling"]["strategy"] == "SPOT"
    assert spec["scheduling"]["timeout"].endswith("s")


@pytest.mark.parametrize("target", ["skypilot", "vertex"])
def test_gpus_of_no_kind_are_refused_where_the_kind_is_needed(target: str, job: Of) -> None:
    with pytest.raises(PlanError, match=r"launch\.resources\.gpu"):
        manifest(target, job, resources=LaunchResources(gpus=1))


def test_what_it_costs_is_told_if_it_is_known(job: Of) -> None:
    told = cost(job())

    assert "USD 98.32 an hour" in told
    assert "4,719.36 for 4 starts" in told
    assert "unknown" in cost(Job("x", "burnish.yaml", LaunchPlan()))
