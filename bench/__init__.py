"""`make bench`: what Gatehouse costs in CPU, memory, cold starts and dollars, beside its peers, in one run."""
