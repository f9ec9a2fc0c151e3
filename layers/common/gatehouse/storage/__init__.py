"""The DynamoDB adapter: items in, domain objects out."""
