"""Let RotateSecret and a RotationSchedule call the rotation function, in its four steps, as Secrets Manager does.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

import contextvars
import threading
import uuid
from typing import Any

from local.emulator.patching import Advice, Document, Emulator, around

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
RESOURCE_TYPE = "AWS::SecretsManager::RotationSchedule"


def install(emulator: Emulator) -> None:
    """Close the gap."""
    secrets = emulator.secrets

    @around(secrets, "_rotate_secret")
    def rotate(original: Advice, request: Document) -> Any:
        _, secret = secrets._resolve(request.get("SecretId"))
        if not secret or secret.get("DeletedDate"):
            return original(request)
        configure(secret, request)
        token = request.get("ClientRequestToken") or str(uuid.uuid4())
        if request.get("RotateImmediately", True):
            context = contextvars.copy_context()
            threading.Thread(target=context.run, args=(rotate_in_steps, emulator, secret, token), daemon=True).start()
        return secrets.json_response({"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": token})

    def create(_logical_id: str, properties: Document, _stack_name: str) -> tuple[str, Document]:
        _, secret = secrets._resolve(properties["SecretId"])
        configure(secret, properties)
        return secret["ARN"], {}

    def update(_physical_id: str, _old: Document, new: Document, stack_name: str) -> tuple[str, Document]:
        return create("", new, stack_name)

    def delete(physical_id: str, _properties: Document) -> None:
        _, secret = secrets._resolve(physical_id)
        if secret:
            secret["RotationEnabled"] = False

    emulator.stacks._RESOURCE_HANDLERS[RESOURCE_TYPE] = {"create": create, "update": update, "delete": delete}


def configure(secret: Document, request: Document) -> None:
    """Remember which function rotates the secret, and when."""
    for name in ("RotationLambdaARN", "RotationRules"):
        if request.get(name):
            secret[name] = request[name]
    secret["RotationEnabled"] = True


def rotate_in_steps(emulator: Emulator, secret: Document, token: str) -> None:
    """Call the function once for each step; the first that fails ends the rotation, as on AWS."""
    functions, account, region = emulator.functions, *secret["ARN"].split(":")[4:2:-1]
    record, config, _ = functions._get_func_record_for_ref_in_scope(
        secret["RotationLambdaARN"], account_id=account, region=region
    )
    execution = functions._execution_record_for_config(record, config)
    for step in STEPS:
        event = {"Step": step, "SecretId": secret["ARN"], "ClientRequestToken": token}
        if functions._execute_function_with_config_scope(execution, event).get("error"):
            return
