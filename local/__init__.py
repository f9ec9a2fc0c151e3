"""The local stack: `make up` without AWS, on MiniStack, by the very template that goes to AWS."""
