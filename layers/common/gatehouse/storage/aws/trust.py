"""Whom a TLS connection trusts: Amazon's own root certificates first, the system's when those do not fit.

AWS signs its endpoints by the five roots of Amazon Trust Services (https://www.amazontrust.com/repository/),
and reading the 140 of a system's bundle is a sixth of a cold start (docs/decisions/0022).
"""

import ssl
from functools import cache

_AMAZON_ROOTS = __file__.removesuffix("trust.py") + "amazon_roots.pem"


@cache
def amazon() -> ssl.SSLContext:
    """Return a context that trusts Amazon alone."""
    return ssl.create_default_context(cafile=_AMAZON_ROOTS)


@cache
def system() -> ssl.SSLContext:
    """Return a context that trusts whom the system trusts, or SSL_CERT_FILE: for emulators and proxies."""
    return ssl.create_default_context()
