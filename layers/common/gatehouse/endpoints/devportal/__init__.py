"""The JSON API of the store: WSO2's Developer Portal REST API v3, and what that lacks beside it."""
