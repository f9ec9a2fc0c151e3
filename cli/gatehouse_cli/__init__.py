"""The operator's command line: organisations, users, applications, keys, APIs, subscriptions and tokens of a stack."""
