"""Lint of the templates as CloudFormation reads them: transformed, with every parameter resolved."""
