"""What every set of pages shares."""
