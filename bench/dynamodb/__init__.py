"""A small DynamoDB over HTTP, in a process of its own: quick, quiet, and it counts capacity as DynamoDB does.

It stands beside MiniStack because an emulator that takes milliseconds for an answer hides what is measured here.
Only the client's CPU is ever reported, so its speed does not count; that it answers the same to everybody does.
"""
