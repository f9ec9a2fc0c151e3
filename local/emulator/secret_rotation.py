"""Let RotateSecret and a RotationSchedule call the rotation function, in its four steps, as Secrets Manager does.

* A rotation begins with a version that has the label AWSPENDING and no value yet. While that label stands at a version
  that is not AWSCURRENT, a further RotateSecret is refused: the rotation counts as under way.
* A schedule that does not rotate at once is tested: by the step `testSecret`, on a temporary version that is removed
  afterwards. What happens if the test fails AWS does not say; here the schedule is refused.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
"""

import contextvars
import importlib
import threading
import time
import uuid
from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
STACKS = "ministack.services.cloudformation.stacks"
RESOURCE_TYPE = "AWS::SecretsManager::RotationSchedule"
CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"


def install(emulator: Emulator) -> None:
    """Close the gap."""
    rotate_on_demand(emulator)
    provision_schedules(emulator)


def rotate_on_demand(emulator: Emulator) -> None:
    """Answer RotateSecret."""
    secrets = emulator.secrets

    @around(secrets, "_rotate_secret")
    def rotate(original: AnyCallable, request: Document) -> Any:
        _, secret = secrets._resolve(request.get("SecretId"))
        if not secret or secret.get("DeletedDate"):
            return original(request)
        if is_under_way(secret):
            message = "A previous rotation isn't complete. That rotation will be reattempted."
            return secrets.error_response_json("InvalidRequestException", message, 400)
        configure(secret, request)
        token = request.get("ClientRequestToken") or str(uuid.uuid4())
        begin(secret, token)
        run = rotate_in_steps if request.get("RotateImmediately", True) else test
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(run, emulator, secret, token), daemon=True).start()
        return secrets.json_response({"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": token})


def provision_schedules(emulator: Emulator) -> None:
    """Let CloudFormation create and remove schedules."""
    secrets = emulator.secrets

    def create(_logical_id: str, properties: Document, _stack_name: str) -> tuple[str, Document]:
        _, secret = secrets._resolve(properties["SecretId"])
        configure(secret, properties)
        if str(properties.get("RotateImmediatelyOnUpdate", "true")).lower() == "false":
            refuse_if_broken(emulator, secret, str(uuid.uuid4()))
        return secret["ARN"], {}

    def update(_physical_id: str, _old: Document, new: Document, stack_name: str) -> tuple[str, Document]:
        return create("", new, stack_name)

    def delete(physical_id: str, _properties: Document) -> None:
        _, secret = secrets._resolve(physical_id)
        if secret:
            secret["RotationEnabled"] = False

    emulator.stacks._RESOURCE_HANDLERS[RESOURCE_TYPE] = {"create": create, "update": update, "delete": delete}

    @around(importlib.import_module(STACKS), "_runs_on_worker_thread")
    def waits(original: AnyCallable, resource_type: str) -> bool:
        """Provision schedules in a thread: the function under test calls this process back."""
        return resource_type == RESOURCE_TYPE or original(resource_type)


def configure(secret: Document, request: Document) -> None:
    """Remember which function rotates the secret, and when."""
    for name in ("RotationLambdaARN", "RotationRules"):
        if request.get(name):
            secret[name] = request[name]
    secret["RotationEnabled"] = True


def is_under_way(secret: Document) -> bool:
    """Tell whether a rotation counts as under way."""
    return any(PENDING in one["Stages"] and CURRENT not in one["Stages"] for one in secret["Versions"].values())


def refuse_if_broken(emulator: Emulator, secret: Document, token: str) -> None:
    """Test a new schedule.

    Raises:
        RuntimeError: The function refused the test.
    """
    begin(secret, token)
    failure = test(emulator, secret, token)
    if failure:
        message = f"the rotation function refused testSecret: {failure}"
        raise RuntimeError(message)


def begin(secret: Document, token: str) -> None:
    """Make the version that the rotation is to fill; a label stands at one version only."""
    for version in secret["Versions"].values():
        version["Stages"] = [label for label in version["Stages"] if label != PENDING]
    empty = {"SecretString": None, "SecretBinary": None, "CreatedDate": int(time.time()), "Stages": [PENDING]}
    secret["Versions"].setdefault(token, empty)


def test(emulator: Emulator, secret: Document, token: str) -> str:
    """Test the function on a temporary version; return what it failed with, if it did."""
    failure = call(emulator, secret, token, "testSecret")
    if secret["Versions"].get(token, {}).get("Stages") == [PENDING]:
        del secret["Versions"][token]
    return failure


def rotate_in_steps(emulator: Emulator, secret: Document, token: str) -> None:
    """Call the function once for each step; the first that fails ends the rotation, as on AWS."""
    for step in STEPS:
        if call(emulator, secret, token, step):
            return


def call(emulator: Emulator, secret: Document, token: str, step: str) -> str:
    """Call the function for one step; return what it failed with, if it did."""
    functions, account, region = emulator.functions, *secret["ARN"].split(":")[4:2:-1]
    record, config, _ = functions._get_func_record_for_ref_in_scope(
        secret["RotationLambdaARN"], account_id=account, region=region
    )
    execution = functions._execution_record_for_config(record, config)
    event = {"Step": step, "SecretId": secret["ARN"], "ClientRequestToken": token}
    result = functions._execute_function_with_config_scope(execution, event)
    return str(result.get("body")) if result.get("error") else ""
