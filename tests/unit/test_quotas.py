"""The table of quotas is what the documentation says."""

import re

import pytest

from gatehouse.domain.accounts import quotas
from tests import factories
from tests.template import ROOT


def test_the_documentation_has_the_table() -> None:
    _, _, page = (ROOT / "docs" / "limits.md").read_text().partition("## Quotas\n")
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*) \| (.*) \| ([0-9,]+) \| (.*) \| (.*) \|$", page, flags=re.MULTILINE)

    assert rows == [
        (
            one.name,
            one.what,
            one.of,
            f"{one.most:,}",
            one.answer,
            f"{one.least:,} to {one.ceiling:,}" if one.ceiling else "",
        )
        for one in quotas.TABLE
    ]


def test_an_operator_overrides_what_may_be_overridden() -> None:
    assert quotas.parse("applications=0") == ("applications", 0)
    assert quotas.most("applications", factories.organisation(quotas={"applications": 500})) == 500
    assert quotas.most("applications", factories.organisation()) == quotas.most("applications") == 100


@pytest.mark.parametrize(
    "text",
    [
        "stages=5",
        "stages=0",
        "key-sets=0",
        "secrets=9",
        "secrets=21",
        "applications=10001",
        "applications",
        "applications=-1",
        "applications=",
        "x=1",
        "applications=1e9",
    ],
)
def test_what_is_no_override_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a quota is NAME=NUMBER"):
        quotas.parse(text)


PROVEN = {
    "passkeys": "tests/unit/endpoints/signin/test_passkeys.py::test_ten_passkeys_are_the_most",
    "remembered-browsers": "tests/unit/endpoints/signin/test_remembered_browsers.py::"
    "test_the_oldest_of_too_many_is_forgotten",
    "applications": "tests/unit/endpoints/test_enforced_quotas.py::test_the_last_application_of_two_at_once_is_refused",
    "sessions": "tests/unit/endpoints/signin/test_session_limits.py::"
    "test_the_oldest_browser_is_signed_out_where_there_would_be_too_many",
    "usage-keys": "tests/unit/endpoints/test_enforced_quotas.py::"
    "test_an_organisation_has_its_share_of_api_gateways_keys_and_no_more",
    "subscriptions": "tests/unit/endpoints/test_enforced_quotas.py::"
    "test_an_operator_allows_more_subscriptions_of_an_application",
    "key-sets": "tests/unit/endpoints/test_enforced_quotas.py::test_an_application_has_one_key_set_of_each_type",
    "secrets": "tests/unit/endpoints/test_enforced_quotas.py::test_an_operator_allows_more_secrets_of_a_key",
    "redirect-uris": "tests/unit/endpoints/test_enforced_quotas.py::test_an_operator_allows_more_redirect_uris",
    "apis": "tests/unit/storage/test_publishing.py::test_where_the_catalogue_is_full_no_other_api_is_published",
    "subscriptionless-apis": "tests/unit/endpoints/publisher/test_apis.py::"
    "test_the_subscriptionless_apis_of_an_organisation_are_counted",
    "shared-apis": "tests/unit/storage/test_publishing.py::"
    "test_one_organisation_does_not_fill_the_catalogues_of_others",
    "registered-clients": "tests/unit/endpoints/signin/test_registration.py::"
    "test_in_a_full_pool_the_oldest_unused_client_makes_room",
    "routes": "tests/unit/domain/apis/test_openapi.py::test_a_refusal_names_the_place_and_the_reason",
    "description-bytes": "tests/unit/domain/apis/test_openapi.py::test_a_refusal_names_the_place_and_the_reason",
    "document-bytes": "tests/unit/endpoints/publisher/test_api_sizes.py::"
    "test_a_document_that_is_too_large_is_a_400_that_says_so",
    "stages": "tests/unit/storage/test_publishing.py::test_an_api_runs_on_at_most_twenty_stages",
    "documents": "tests/unit/endpoints/devportal/test_attachments.py::test_an_api_has_at_most_ten_documents",
    "mails": "tests/unit/endpoints/signin/test_sign_up.py::test_an_operator_says_how_many_mails_an_address_gets",
    "mails-in-all": "tests/unit/endpoints/signin/test_sign_up.py::"
    "test_a_mailbox_is_not_flooded_by_many_organisations_either",
    "concurrent-publishing": "tests/unit/endpoints/publisher/test_shares.py::"
    "test_an_organisation_that_floods_leaves_others_able_to_publish",
    "concurrent-publishing-by-member": "tests/unit/endpoints/publisher/test_shares.py::"
    "test_a_member_who_floods_leaves_the_others_of_the_organisation_able_to_publish",
    "notices": "tests/unit/endpoints/signin/test_recovery.py::test_what_tells_of_changes_floods_nobody",
}


def test_every_quota_has_a_test() -> None:
    assert PROVEN.keys() == {one.name for one in quotas.TABLE}
    for where in PROVEN.values():
        path, _, name = where.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text()
