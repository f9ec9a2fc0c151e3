"""What every room of the domain needs. It imports nothing of ours."""
