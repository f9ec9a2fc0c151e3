"""The environment, read once. No other module reads os.environ."""

import os

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a deployment can choose.

    Attributes:
        public_url: The issuer; empty if it is the origin that was called.
        factor_key_secret: The ARN of the secret that the secrets of authenticator apps are sealed under.
        provider_key_secret: The ARN of the secret that client secrets of identity providers are sealed under.
        session_lifetime_seconds: When a browser must sign in again, whatever it does.
        mail_from: The address that mails come from; empty if none are sent.
        organisation_sign_up: Whether anybody with a mailbox may create an organisation.
        stack_name: What this deployment calls its usage plans and API keys by.
        more_tiers: The deployment's own subscription tiers, beside WSO2's.
        account: The AWS account, where usage plans are kept.
        backend_jwt: Whether the gate signs a JWT for backends.
        raises_at_http_apis: Whether the gate raises `Unauthorized` at HTTP APIs, too, instead of a denial.
        publishing_concurrency: How many documents that function reads at one time; 0 if nothing bounds it.
        usage_metrics: Whether the store reads calls, errors and latency of the stages of APIs.
        fetcher_function: The alias of the function that fetches from outside, as an ARN.
        publishing_function: The alias of the function that reads OpenAPI documents, as an ARN.
        own_urls: Where this deployment answers; only the fetcher is told.
        fetcher_test_hosts: Hosts on loopback that the fetcher may call, `name=127.0.0.1:port`; never on AWS.
        fetcher_test_authority: The file of the certificate authority of those.
        process_cache_seconds: How long what was read from the directory may be remembered.
        endpoint_url: An AWS emulator's address, or empty.
        container_credentials_url: Where credentials come from under SnapStart, or empty.
    """

    directory_table: str
    grants_table: str
    public_url: str
    process_cache_seconds: float
    access_token_lifetime_seconds: int
    refresh_token_lifetime_seconds: int
    grant_lifetime_seconds: int
    region: str
    endpoint_url: str
    access_key_id: str
    secret_access_key: str
    session_token: str
    container_credentials_url: str
    container_authorization_token: str
    signing_keys_secret: str
    signing_algorithm: str
    log_level: str
    factor_key_secret: str = ""
    provider_key_secret: str = ""
    session_lifetime_seconds: int = 28_800
    mail_from: str = ""
    organisation_sign_up: bool = False
    stack_name: str = ""
    more_tiers: str = ""
    account: str = ""
    backend_jwt: bool = False
    raises_at_http_apis: bool = False
    fetcher_function: str = ""
    publishing_function: str = ""
    publishing_concurrency: int = 0
    usage_metrics: bool = False
    own_urls: tuple[str, ...] = ()
    fetcher_test_hosts: str = ""
    fetcher_test_authority: str = ""

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the variables that template.yaml and Lambda set; a missing one stops the cold start."""
        read = os.environ.get
        return cls(
            directory_table=os.environ["DIRECTORY_TABLE"],
            grants_table=os.environ["GRANTS_TABLE"],
            public_url=read("PUBLIC_URL", ""),
            process_cache_seconds=float(os.environ["PROCESS_CACHE_SECONDS"]),
            access_token_lifetime_seconds=_whole(os.environ["ACCESS_TOKEN_LIFETIME_SECONDS"]),
            refresh_token_lifetime_seconds=_whole(os.environ["REFRESH_TOKEN_LIFETIME_SECONDS"]),
            grant_lifetime_seconds=_whole(os.environ["GRANT_LIFETIME_SECONDS"]),
            region=os.environ["AWS_REGION"],
            endpoint_url=read("AWS_ENDPOINT_URL_DYNAMODB", "") or read("AWS_ENDPOINT_URL", ""),
            access_key_id=read("AWS_ACCESS_KEY_ID", ""),
            secret_access_key=read("AWS_SECRET_ACCESS_KEY", ""),
            session_token=read("AWS_SESSION_TOKEN", ""),
            container_credentials_url=read("AWS_CONTAINER_CREDENTIALS_FULL_URI", ""),
            container_authorization_token=read("AWS_CONTAINER_AUTHORIZATION_TOKEN", ""),
            signing_keys_secret=read("SIGNING_KEYS_SECRET", ""),
            signing_algorithm=read("SIGNING_ALGORITHM", "RS256"),
            log_level=read("LOG_LEVEL", "INFO"),
            factor_key_secret=read("FACTOR_KEY_SECRET", ""),
            provider_key_secret=read("PROVIDER_KEY_SECRET", ""),
            session_lifetime_seconds=_whole(read("SESSION_LIFETIME_SECONDS", "28800")),
            mail_from=read("MAIL_FROM", ""),
            usage_metrics=read("USAGE_METRICS", "") == "true",
            organisation_sign_up=read("ORGANISATION_SIGN_UP", "") == "true",
            stack_name=read("STACK_NAME", ""),
            more_tiers=read("MORE_TIERS", ""),
            account=read("ACCOUNT", ""),
            backend_jwt=read("BACKEND_JWT", "") == "true",
            raises_at_http_apis=read("HTTP_API_BAD_TOKEN", "") == "raise",
            fetcher_function=read("FETCHER_FUNCTION", ""),
            publishing_function=read("PUBLISHING_FUNCTION", ""),
            publishing_concurrency=_whole(read("PUBLISHING_CONCURRENCY", "0")),
            own_urls=tuple(read("OWN_URLS", "").split()),
            fetcher_test_hosts=read("FETCHER_TEST_HOSTS", ""),
            fetcher_test_authority=read("FETCHER_TEST_AUTHORITY", ""),
        )


def _whole(number: str) -> int:
    """Return a parameter's number; CloudFormation takes 1800.5 and 1.8e3 as well, and hands on what was typed."""
    return int(float(number))
