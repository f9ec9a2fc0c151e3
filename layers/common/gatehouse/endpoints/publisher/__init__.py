"""The JSON API for publishers and administrators, one module per part."""
