"""What every aggregate needs of DynamoDB: tables, keys, values, transactions, listings, caches."""
