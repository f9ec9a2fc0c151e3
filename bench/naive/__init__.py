"""The Lambda functions that most people would write first: boto3's resource, Powertools' resolver and logger."""
