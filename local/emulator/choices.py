"""What AWS does not say, and the emulator therefore plays either way: `UNDOCUMENTED="challenge=kept,unauthorized=401"`.

Without the variable it plays the first of each, which is the worse for us. `make undocumented` runs the deployed tests
that depend on it with the others (docs/decisions/0116, 0117).
"""

import os

VARIABLE = "UNDOCUMENTED"
CHOICES = {
    "challenge": ("renamed", "kept"),
    "unauthorized": ("500", "401"),
    "too-large": ("500", "413"),
}
"""* `challenge`: what becomes of `WWW-Authenticate` of a Lambda function behind an HTTP API.
* `unauthorized`: what an HTTP API answers when its authorizer raises `Unauthorized`.
* `too-large`: what an HTTP API answers to a body that Lambda does not take.
"""


def read() -> dict[str, str]:
    """Return what is played, by the environment.

    Raises:
        SystemExit: There is no such choice.
    """
    chosen = {name: options[0] for name, options in CHOICES.items()}
    for one in filter(None, os.environ.get(VARIABLE, "").split(",")):
        name, _, value = one.partition("=")
        if value not in CHOICES.get(name, ()):
            raise SystemExit(f"{VARIABLE}: {one!r} is none of {CHOICES}")
        chosen[name] = value
    return chosen
