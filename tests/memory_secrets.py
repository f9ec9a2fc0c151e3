"""Secrets Manager in a dictionary: versions and their stages, as the rotation of the signing keys uses them.

A test holds it beside boto3 on moto.
"""

from typing import Any

from gatehouse.storage.aws.transport import RequestRefusedError

_CURRENT, _PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"


class MemorySecrets:
    """Counts its calls: `operations` is what a request cost."""

    def __init__(self, secret_id: str) -> None:
        self._secret_id = secret_id
        self.operations: list[str] = []
        self.texts: dict[str, str] = {}
        self.stages: dict[str, str] = {}
        """The version that each stage is at."""
        self.begin()

    def begin(self) -> None:
        """Be as the stack makes it: one version, empty."""
        self.operations.clear()
        self.texts.clear()
        self.stages.clear()
        self._put("created".ljust(32, "0"), "{}", [_CURRENT])

    def begin_rotation(self, token: str) -> None:
        """Do what Secrets Manager does before it calls the function: make a version that has no value yet."""
        self._place("AWSPENDING", token)

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """See `gatehouse.storage.aws.transport.Transport.call`."""
        self.operations.append(operation)
        if request["SecretId"] != self._secret_id:
            raise RequestRefusedError("400 ResourceNotFoundException: Secrets Manager can't find the specified secret.")
        match operation:
            case "GetSecretValue":
                return self._get(request.get("VersionStage", _CURRENT), request.get("VersionId"))
            case "DescribeSecret":
                versions = set(self.stages.values())
                return {"VersionIdsToStages": {version: self._stages_of(version) for version in versions}}
            case "PutSecretValue":
                self._put(
                    request["ClientRequestToken"], request["SecretString"], request.get("VersionStages", [_CURRENT])
                )
                return {}
            case "UpdateSecretVersionStage":
                self._move(request["VersionStage"], request.get("MoveToVersionId"), request["RemoveFromVersionId"])
                return {}
            case _:
                raise RequestRefusedError(f"400 InvalidAction: this fake does not know {operation}")

    def _stages_of(self, version: str) -> list[str]:
        return sorted(stage for stage, at in self.stages.items() if at == version)

    def _get(self, stage: str, version: str | None) -> dict[str, Any]:
        found = self.stages.get(stage)
        if found not in self.texts or version not in {None, found}:
            raise RequestRefusedError(f"400 ResourceNotFoundException: no version at {stage}")
        return {"SecretString": self.texts[found], "VersionId": found, "VersionStages": self._stages_of(found)}

    def _put(self, version: str, text: str, stages: list[str]) -> None:
        if self.texts.get(version, text) != text:
            raise RequestRefusedError("400 ResourceExistsException: a version is never changed")
        self.texts[version] = text
        for stage in stages:
            self._place(stage, version)

    def _move(self, stage: str, to: str | None, away_from: str) -> None:
        if self.stages.get(stage) != away_from or (to is not None and to not in self.texts):
            raise RequestRefusedError(f"400 InvalidParameterException: {stage} is not at {away_from}")
        if to is None:
            del self.stages[stage]
        else:
            self._place(stage, to)

    def _place(self, stage: str, version: str) -> None:
        before = self.stages.get(stage)
        self.stages[stage] = version
        if stage == _CURRENT and before not in {None, version}:
            self.stages[_PREVIOUS] = str(before)
