"""Every row of every route table, by the names that flows are listed under: the suite has to cover all of them."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from gatehouse.bootstrap import signin, store, token
from gatehouse.domain.oauth.grants import GRANTS
from gatehouse.endpoints.signin.pages import SignInPages as SigninPages
from gatehouse.endpoints.store.pages import StorePages as StorePages
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, template
from tests.unit.endpoints import tables_of_operations

_NOWHERE: Any = None
_FUNCTIONS = {"Token", "Signin", "Store", "Publisher"}
"""Those that have route tables."""


@cache
def rows() -> frozenset[str]:
    """Return all of them, such as `devportal POST /applications`, `grant password` or `function events`."""
    return frozenset(_rows())


def is_read(row: str) -> bool:
    """Say whether the row's method promises to change nothing (RFC 9110 section 9.2.1)."""
    return " GET /" in row


def _rows() -> Iterator[str]:
    yield from (f"grant {name}" for name in GRANTS)
    for name, table in tables_of_operations.ALL.items():
        yield from (f"{name} {one.method} {one.path}" for one in table)
    tables = Tables(transport=_NOWHERE, directory="directory", grants="grants")
    settings = factories.settings(mail_from="login@auth.example", organisation_sign_up=True)
    folder = template.ROOT / "functions"
    signin_pages, store_pages = SigninPages(folder / "signin"), StorePages(folder / "store")
    for name, router in (
        ("token", token.router(settings, tables, _NOWHERE)),
        ("signin", signin.router(settings, signin_pages, tables, _NOWHERE)),
    ):
        aliases = {*token.WSO2_PATHS, *signin.WSO2_PATHS}
        for path, methods in router.routes.items():
            if path not in aliases | signin_pages.assets.paths and path != "/token":
                yield from (f"{name} {method} {path}" for method in methods)
    site = store.Store(settings, tables, _NOWHERE).site(store_pages)
    yield from (f"page {one.method} {one.path}" for one in site.routes)
    yield from (f"page {method} {path}" for method, path in site.outside)
    resources: dict[str, Any] = template.load()["Resources"]
    for name, resource in resources.items():
        if resource["Type"] == "AWS::Serverless::Function" and name not in _FUNCTIONS:
            yield f"function {resource['Properties']['CodeUri'].rstrip('/').rpartition('/')[2]}"
