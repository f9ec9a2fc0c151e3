"""The front of the local stack: HTTPS and HTTP on the ports WSO2 uses, forwarding to API Gateway.

`localhost` cannot be a custom domain of an API, so this stands where one would on AWS.
"""
