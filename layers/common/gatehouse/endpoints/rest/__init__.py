"""JSON APIs: one table of operations, one reader of bodies, one OpenAPI generator."""
