"""What a function of the stack answers the doctor."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatehouse.domain.kernel import json_values
from gatehouse_cli.words import one_line

BUILD = "build before you deploy: make deploy"
"""What to do about a function that cannot be imported."""

_UNIMPORTABLE = ("Runtime.ImportModuleError", "Runtime.UserCodeSyntaxError", "Runtime.HandlerNotFound")
_IMPORT_TEXTS = ("No module named", "Unable to import module", "Worker init failed")


@dataclass(frozen=True, slots=True)
class Invocation:
    """What a function answered: a JSON object, empty if it was something else."""

    said: dict[str, Any]
    has_failed: bool

    @property
    def error(self) -> str:
        """Type and message of its error, in one line."""
        return f"{self.said.get('errorType', 'no answer')}: {self._message}"

    @property
    def import_failure(self) -> str:
        """Why the function could not be imported, if so."""
        is_of_import = self.said.get("errorType") in _UNIMPORTABLE or any(one in self._message for one in _IMPORT_TEXTS)
        return self._message if self.has_failed and is_of_import else ""

    @property
    def _message(self) -> str:
        return one_line(str(self.said.get("errorMessage", "")))


def invoke(client: Any, function: str, event: Mapping[str, Any]) -> Invocation:
    """Invoke a function, and wait for its answer."""
    answer = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    return Invocation(json_values.parse_members(answer["Payload"].read()), "FunctionError" in answer)
