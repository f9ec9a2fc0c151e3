"""What lists of the developer portal hold."""

from tests.answers import Answer


def ids(answer: Answer) -> list[str]:
    return [one["id"] for one in answer.json["list"]]
