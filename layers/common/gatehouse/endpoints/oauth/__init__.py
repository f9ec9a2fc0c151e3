"""The OAuth and OpenID Connect endpoints, one module for each."""
