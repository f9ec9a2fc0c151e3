"""What an operator and an auditor expect of template.yaml, and the reference of its parameters."""

import contextlib
import re
from typing import Any

import pytest

from gatehouse.domain.apis import throttling_policies
from gatehouse.endpoints import challenges
from gatehouse.settings import Settings
from local import reference
from tests.faults import route_tables
from tests.unit.functions.variables import ENVIRONMENT
from tests.unit.resources import FUNCTIONS, RESOURCES, TEMPLATE, of_type

PARAMETERS: dict[str, dict[str, Any]] = TEMPLATE["Parameters"]
REFERENCE = reference.parameters.page().splitlines()
MAPPINGS = of_type("AWS::Lambda::EventSourceMapping")


def statements(function: str) -> list[dict[str, Any]]:
    """What a function may do; a statement that has a condition of the template stands for itself."""
    found = FUNCTIONS[function].get("Policies", [{"Statement": []}])[0]["Statement"]
    return [one["!If"][1] if "!If" in one else one for one in found]


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_is_described_and_bounded(name: str) -> None:
    parameter = PARAMETERS[name]

    assert parameter["Description"].endswith(".")
    assert "Default" in parameter
    bounds = {"AllowedValues", "AllowedPattern", "MaxValue", "MaxLength"}
    assert bounds & parameter.keys() or name == "EndpointUrl"


@pytest.mark.parametrize(
    ("name", "value", "is_taken"),
    [
        ("MoreTiers", "", True),
        ("MoreTiers", "Trial:10/minute", True),
        ("MoreTiers", "Trial:10/minute,Sample:100/day", True),
        ("MoreTiers", "Trial:10/minute,", True),
        ("MoreTiers", "Unlimitedly:10/minute", True),
        pytest.param("MoreTiers", "Trial:10/minuteSample:100/day", False, id="two tiers without a comma"),
        pytest.param("MoreTiers", "Unlimited:10/minute", False, id="a limit of what has none"),
        pytest.param("MoreTiers", "Trial:10/minute,Unlimited:1/day", False, id="a limit of what has none, as second"),
        pytest.param("MoreTiers", "Trial:0/minute", False, id="a tier without a call"),
        ("MailFrom", "no-reply@example.com", True),
        ("AttachRegions", "us-gov-west-1:111122223333", True),
        ("AttachRegions", "us-isob-east-1:111122223333", True),
        ("AttachRegions", "eusc-de-east-1:111122223333", True),
        pytest.param("AttachRegions", "111122223333", False, id="an account without its region"),
        pytest.param("MailFrom", "Acme<no-reply@example.com>", False, id="a sender with a name, which no role allows"),
    ],
)
def test_cloudformation_refuses_what_functions_could_not_start_with(name: str, value: str, *, is_taken: bool) -> None:
    parameter = PARAMETERS[name]

    assert bool(re.fullmatch(parameter["AllowedPattern"], value)) == is_taken
    assert len(value) <= parameter.get("MaxLength", len(value))
    if name == "MoreTiers":
        expected = contextlib.nullcontext() if is_taken else pytest.raises(ValueError, match="not a tier")
        with expected:
            throttling_policies.parse_tiers(value)


@pytest.mark.parametrize("typed", ["1800", "1800.0", "1800.5", "1.8e3", "01800"])
def test_functions_start_with_every_spelling_of_a_number_that_cloudformation_takes(
    monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    numbers = {name for name, one in ENVIRONMENT.items() if one.isdigit()} | {"SESSION_LIFETIME_SECONDS"}
    for name, value in (ENVIRONMENT | dict.fromkeys(numbers, typed)).items():
        monkeypatch.setenv(name, value)

    assert Settings.from_environment().access_token_lifetime_seconds == 1800


def test_the_console_shows_every_parameter_in_one_group() -> None:
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]

    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(PARAMETERS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_reference_has_every_parameter_its_default_and_its_description(name: str) -> None:
    default, text = str(PARAMETERS[name]["Default"]), PARAMETERS[name]["Description"]

    (row,) = [line for line in REFERENCE if line.startswith(f"| `{name}` |")]

    assert f"| `{default}` |" in row if default else "|  |" in row
    assert row.endswith(f"| {text} |")


_TAKE_NO_OTHER_RESOURCE = (["dynamodb:ListStreams"], ["cloudwatch:GetMetricData"])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_a_log_group_that_forgets(name: str) -> None:
    logs = of_type("AWS::Logs::LogGroup")[f"{name}Logs"]

    assert logs["LogGroupName"] == {"!Sub": f"/aws/lambda/${{{name}}}"}
    assert logs["RetentionInDays"] == {"!Ref": "LogRetentionDays"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_may_do_everything_anywhere(name: str) -> None:
    for statement in statements(name):
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]

        assert all(re.fullmatch(r"[a-z]+:[A-Za-z]+", action) for action in actions)
        assert statement["Resource"] != "*" or actions in _TAKE_NO_OTHER_RESOURCE


def test_the_token_function_changes_nothing_of_the_directory_but_users() -> None:
    directory = [one for one in statements("Token") if one["Resource"] == {"!GetAtt": "DirectoryTable.Arn"}]
    free = [one for one in directory if "Condition" not in one]

    assert [one["Action"] for one in free] == [["dynamodb:GetItem", "dynamodb:BatchGetItem"]]
    assert [one["Condition"] for one in directory if one not in free] == [
        {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["USER#*"]}}
    ]


def test_the_fetcher_may_do_nothing_and_only_functions_of_this_stack_call_it() -> None:
    """A host outside that takes it over finds no table, no secret and no other function."""
    assert statements("Fetcher") == []
    assert "Role" not in FUNCTIONS["Fetcher"]
    assert callers_of("Fetcher") == {"Token", "Signin", "Store"}
    assert not is_called_by_a_service("Fetcher")


def test_documents_are_read_for_the_store_alone_which_tells_callers_that_publishing_is_busy() -> None:
    routes = [one for one in of_type("AWS::ApiGatewayV2::Route").values() if "publisher" in one["RouteKey"]]

    assert callers_of("Publisher") == {"Store"}
    assert not is_called_by_a_service("Publisher")
    assert [one["Target"] for one in routes] == [{"!Sub": "integrations/${StoreIntegration}"}]
    assert FUNCTIONS["Publisher"]["Timeout"] + 2 < FUNCTIONS["Store"]["Timeout"]


def callers_of(function: str) -> set[str]:
    """Which functions may invoke it, and do no more to it."""
    found = {name: one for name in FUNCTIONS for one in statements(name) if f"{function}.Alias" in str(one)}
    for one in found.values():
        assert (one["Action"], one["Resource"]) == ("lambda:InvokeFunction", {"!Ref": f"{function}.Alias"})
    return set(found)


def is_called_by_a_service(function: str) -> bool:
    """Whether API Gateway, a stream or a schedule calls it."""
    kinds = ("Lambda::Permission", "ApiGatewayV2::Integration", "Lambda::EventSourceMapping", "Events::Rule")
    return any(f"{function}." in str(one) for kind in kinds for one in of_type(f"AWS::{kind}").values())


def test_hosts_of_tests_are_refused_on_aws() -> None:
    rule = TEMPLATE["Rules"]["FetcherTestsStayOnAnEmulator"]

    assert PARAMETERS["FetcherTestHosts"]["Default"] == ""
    assert rule["RuleCondition"] == {"!Not": [{"!Equals": [{"!Ref": "FetcherTestHosts"}, ""]}]}
    assert rule["Assertions"][0]["Assert"] == {"!Not": [{"!Equals": [{"!Ref": "EndpointUrl"}, ""]}]}


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"Keys", "Token", "Store", "Authorizer"}))
def test_who_signs_nothing_cannot_read_the_signing_keys(name: str) -> None:
    assert not any("SigningKeys" in str(statement) for statement in statements(name))


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"Signin"}))
def test_only_the_sign_in_pages_read_the_key_of_second_factors(name: str) -> None:
    assert not any("FactorKey" in str(statement) for statement in statements(name))


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"Signin", "Store"}))
def test_only_sign_in_and_administration_read_the_key_of_client_secrets(name: str) -> None:
    assert not any("ProviderKey" in str(statement) for statement in statements(name))


def test_what_people_made_survives_the_stack_and_a_mistake() -> None:
    directory = RESOURCES["DirectoryTable"]

    assert (directory["DeletionPolicy"], directory["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert directory["Properties"]["DeletionProtectionEnabled"] is True
    assert directory["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize("name", of_type("AWS::DynamoDB::Table"))
def test_tables_are_encrypted_under_a_key_of_the_account(name: str) -> None:
    assert RESOURCES[name]["Properties"]["SSESpecification"] == {"SSEEnabled": True}


@pytest.mark.parametrize(
    ("function", "parameter"),
    [
        ("Authorizer", "AuthorizerConcurrency"),
        ("Publisher", "PublishingConcurrency"),
        ("Fetcher", "FetcherConcurrency"),
    ],
)
def test_concurrency_is_reserved_for_the_function_that_the_parameter_names(function: str, parameter: str) -> None:
    condition, *chosen = FUNCTIONS[function]["ReservedConcurrentExecutions"]["!If"]

    assert chosen == [{"!Ref": parameter}, {"!Ref": "AWS::NoValue"}]
    assert TEMPLATE["Conditions"][condition] == {"!Not": [{"!Equals": [{"!Ref": parameter}, "0"]}]}
    assert PARAMETERS[parameter]["Default"] == 0


def test_the_limit_of_requests_is_always_stated_so_that_an_update_can_remove_it() -> None:
    of_the_parameter, without = RESOURCES["AuthApiStage"]["Properties"]["DefaultRouteSettings"]["!If"][1:]

    assert of_the_parameter.keys() == without.keys()
    assert set(without.values()) == {PARAMETERS["RequestsPerSecond"]["MaxValue"]}


NAMES = {
    *("DashboardName", "LogGroupName", "FunctionName", "TableName", "QueueName", "RoleName", "RuleName", "AlarmName"),
    "LayerName",
}
DEFAULTS = {"AWS::Serverless::LayerVersion": "LayerName"}
"""What SAM names after the template alone, so that two stacks of an account would have one name."""

GLOBAL = {"AWS::CloudWatch::Dashboard": "DashboardName"}


@pytest.mark.parametrize("name", RESOURCES)
def test_what_has_a_name_of_its_own_carries_the_stacks(name: str) -> None:
    kind, properties = RESOURCES[name]["Type"], RESOURCES[name].get("Properties", {})
    needed = ["${AWS::StackName}", "${AWS::Region}"] if kind in GLOBAL else ["${"]
    named_by_default = {DEFAULTS[kind]} if kind in DEFAULTS else set[str]()
    references = {"AWS::Lambda::Permission", "AWS::Lambda::EventSourceMapping", "AWS::Logs::MetricFilter"}

    assert named_by_default <= properties.keys()
    for key in NAMES & properties.keys():
        if kind not in references:
            assert all(part in properties[key]["!Sub"] for part in needed)


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_bad_record_is_given_up_on_by_itself(name: str) -> None:
    mapping = MAPPINGS[name]

    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["MaximumRetryAttempts"] <= 10
    assert mapping["MaximumRecordAgeInSeconds"] <= 86_400
    is_repaired = name == "PlansSource"  # by the hour, from what is stored
    assert is_repaired or mapping["DestinationConfig"]["OnFailure"]["Destination"] == {"!GetAtt": "DeadLetters.Arn"}


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_stream_is_read_from_its_beginning(name: str) -> None:
    """A mapping at LATEST misses what is written in the minutes before Lambda begins to read."""
    assert MAPPINGS[name]["StartingPosition"] == "TRIM_HORIZON"


@pytest.mark.parametrize("table", ["DirectoryTable", "GrantsTable"])
def test_a_stream_has_no_more_readers_than_dynamodb_serves(table: str) -> None:
    readers = [name for name, one in MAPPINGS.items() if one["EventSourceArn"] == {"!GetAtt": f"{table}.StreamArn"}]

    assert len(readers) <= 2


@pytest.mark.parametrize(
    ("name", "function"),
    [
        *((name, one["FunctionName"]["!Ref"].removesuffix(".Alias")) for name, one in MAPPINGS.items()),
        *(
            (name, target["Arn"]["!Ref"].removesuffix(".Alias"))
            for name, one in of_type("AWS::Events::Rule").items()
            for target in one["Targets"]
        ),
        *(
            (name, one["ServiceToken"]["!GetAtt"].removesuffix(".Arn"))
            for name, one in of_type("Custom::SigningKeys").items()
        ),
    ],
)
def test_nothing_calls_a_function_of_a_new_stack_before_its_log_group(name: str, function: str) -> None:
    """Lambda would create the group for the first line, and CloudFormation fail to."""
    assert RESOURCES[name]["DependsOn"] == f"{function}Logs"


@pytest.mark.parametrize("name", ["FactorKey", "ProviderKey"])
def test_the_keys_that_seal_what_is_stored_are_never_made_again(name: str) -> None:
    """A change of GenerateSecretString makes a new value, under which nothing opens that was sealed before."""
    policies = RESOURCES[name]["DeletionPolicy"], RESOURCES[name]["UpdateReplacePolicy"]

    assert policies == ("RetainExceptOnCreate", "Retain")
    assert RESOURCES[name]["Properties"]["GenerateSecretString"] == {"PasswordLength": 64, "ExcludePunctuation": True}


CHALLENGED = {"TokenIntegration": {"401", "403"}, "StoreIntegration": {"401"}}
"""Which answers carry a challenge: UserInfo's 403 has one, other functions' 403 has none."""


@pytest.mark.parametrize("name", of_type("AWS::ApiGatewayV2::Integration"))
def test_the_mapping_gives_each_challenge_its_name_back(name: str) -> None:
    mapped = of_type("AWS::ApiGatewayV2::Integration")[name].get("ResponseParameters", {})

    assert mapped.keys() == CHALLENGED.get(name, set())
    for one in mapped.values():
        assert {each["Destination"]: each["Source"] for each in one["ResponseParameters"]} == {
            "overwrite:header.WWW-Authenticate": f"$response.header.{challenges.CARRIER}",
            f"remove:header.{challenges.CARRIER}": "''",
        }


@pytest.mark.parametrize("name", TEMPLATE["Outputs"])
def test_every_output_is_described(name: str) -> None:
    assert TEMPLATE["Outputs"][name]["Description"].endswith(".")


def test_nothing_that_may_change_is_exported() -> None:
    """CloudFormation refuses to change an export that another stack imports."""
    exported = [name for name, one in TEMPLATE["Outputs"].items() if "Export" in one]

    assert exported == ["AuthorizerArn"]
    assert TEMPLATE["Outputs"]["AuthorizerArn"]["Value"] == {"!Ref": "Authorizer.Alias"}


def _is_routed(path: str, keys: set[str]) -> bool:
    """Say whether API Gateway gives a path to the function: by a route of its own, or one with `{proxy+}`."""
    parts = path.split("/")
    greedy = {f"{'/'.join(parts[:count])}/{{proxy+}}" for count in range(2, len(parts))}
    return bool({path, *greedy} & keys)


def test_every_page_of_signing_in_is_routed_to_its_function() -> None:
    """What no route names goes to the token service, which has no page. Some pages have an organisation in front."""
    routes = [one for one in of_type("AWS::ApiGatewayV2::Route").values() if "Signin" in str(one["Target"])]
    keys = {str(one["RouteKey"]).partition(" ")[2].replace("{client}", "{id}") for one in routes}
    paths = {row.rsplit(" ", 1)[1] for row in route_tables.rows() if row.startswith("signin ")}

    lacking = [path for path in paths if not any(_is_routed(at + path, keys) for at in ("", "/t/{organisation}"))]

    assert len(paths) > 30
    assert lacking == []
