"""The store's pages: an ordinary OAuth client of Gatehouse, rendered on the server."""
