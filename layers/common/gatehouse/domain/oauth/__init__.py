"""Rules of OAuth 2.0 and its extensions, one module for each specification."""
