"""API Gateway's events, as long as the real ones: parsing them is part of a request's cost."""

import base64
import time
from typing import Any
from urllib.parse import urlencode

_HEADERS = {
    "accept": "application/json",
    "accept-encoding": "gzip, deflate, br",
    "content-length": "180",
    "content-type": "application/x-www-form-urlencoded",
    "host": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
    "user-agent": "python-requests/2.34.2",
    "x-amzn-trace-id": "Root=1-6920f0a1-0123456789abcdef01234567",
    "x-forwarded-for": "192.0.2.10",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
}


def post(path: str, form: dict[str, str], client_id: str, secret: str) -> dict[str, Any]:
    """Return an HTTP API event (payload 2.0) of a form posted by a client."""
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {**_HEADERS, "authorization": f"Basic {basic}"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "a1b2c3d4e5",
            "http": {
                "method": "POST",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.10",
                "userAgent": "python-requests/2.34.2",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "22/Nov/2026:03:58:56 +0000",
            "timeEpoch": int(time.time() * 1000),
        },
        "body": base64.b64encode(urlencode(form).encode()).decode(),
        "isBase64Encoded": True,
    }


def authorize(access_token: str, gateway_id: str = "abc123") -> dict[str, Any]:
    """Return a REST API's REQUEST event for `GET /orders/{id}`."""
    headers = {
        "Accept": "application/json",
        "Authorization": f"Bearer {access_token}",
        "Host": "abc123.execute-api.us-east-1.amazonaws.com",
        "User-Agent": "python-requests/2.34.2",
        "X-Amzn-Trace-Id": "Root=1-6920f0a1-0123456789abcdef01234567",
        "X-Forwarded-For": "192.0.2.10",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    return {
        "type": "REQUEST",
        "methodArn": f"arn:aws:execute-api:us-east-1:000000000000:{gateway_id}/v1/GET/orders/1",
        "resource": "/orders/{id}",
        "path": "/orders/1",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {},
        "multiValueQueryStringParameters": {},
        "pathParameters": {"id": "1"},
        "stageVariables": {},
        "requestContext": {
            "resourceId": "r1",
            "resourcePath": "/orders/{id}",
            "httpMethod": "GET",
            "requestTime": "22/Nov/2026:03:58:56 +0000",
            "path": "/v1/orders/1",
            "accountId": "000000000000",
            "protocol": "HTTP/1.1",
            "stage": "v1",
            "domainPrefix": "abc123",
            "requestTimeEpoch": int(time.time() * 1000),
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": {"sourceIp": "192.0.2.10", "userAgent": "python-requests/2.34.2"},
            "domainName": "abc123.execute-api.us-east-1.amazonaws.com",
            "apiId": gateway_id,
        },
    }
