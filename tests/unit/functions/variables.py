"""The environment variables that every function reads."""

ENVIRONMENT = {
    "DIRECTORY_TABLE": "directory",
    "GRANTS_TABLE": "grants",
    "PROCESS_CACHE_SECONDS": "0",
    "ACCESS_TOKEN_LIFETIME_SECONDS": "3600",
    "REFRESH_TOKEN_LIFETIME_SECONDS": "86400",
    "GRANT_LIFETIME_SECONDS": "2592000",
    "AWS_REGION": "eu-west-1",
    # Under SnapStart nothing connects at import.
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/credentials",
}
