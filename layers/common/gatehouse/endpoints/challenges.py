"""The challenge of an answer, in a form that passes API Gateway (RFC 9110 section 11.6.1).

API Gateway renames `WWW-Authenticate` of a Lambda function: AWS documents it for REST APIs, and it is reported of HTTP
APIs. So the challenge stands in a second header, too. The API's response mapping puts that in the place of the first
and takes it out of the answer (template.yaml, docs/decisions/0117).
"""

CARRIER = "X-Gatehouse-Challenge"


def headers(challenge: str) -> dict[str, str]:
    """Return the headers that carry a challenge to the client."""
    return {"WWW-Authenticate": challenge, CARRIER: challenge}
