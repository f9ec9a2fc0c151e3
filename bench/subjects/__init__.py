"""What is measured: one process each, so that none pays for another's imports, and the CPU of each is its own."""
