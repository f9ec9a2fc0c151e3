"""Published APIs: what their documents say, who may see them, and what API Gateway needs to know."""
