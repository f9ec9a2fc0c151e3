"""What MiniStack lacks, supplied inside its own process: one module per gap, each with the AWS page it follows.

The product never bends to the emulator. Where MiniStack differs from AWS in something the product relies on, it is put
right here. This package runs under MiniStack's interpreter, so it imports the standard library and MiniStack only.
"""
