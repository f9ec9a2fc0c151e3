"""AWS over HTTPS without an SDK: connections, signatures, errors, deadlines."""
