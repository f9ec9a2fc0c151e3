"""The token service, shared by every function through the Lambda layer.

Rooms, and the one direction in which they may import (enforced by `make imports`)::

    functions/*/app.py -> bootstrap -> endpoints | storage -> domain

* domain     The rules of accounts, APIs, OAuth and the portal: no HTTP, no AWS, no clock, no logging.
* storage    The DynamoDB adapter: items in, domain objects out.
* endpoints  HTTP in, HTTP out; the only place where an error becomes a response.
* bootstrap  Reads settings, builds the adapters, hands them to the endpoints; one module per function.
* settings   The environment, read once.
* logs       One JSON line per event.
"""
