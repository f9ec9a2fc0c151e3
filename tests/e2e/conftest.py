"""End-to-end tests run against a deployed stack."""

from tests.deployed import deployed, http

__all__ = ["deployed", "http"]
