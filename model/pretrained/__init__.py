"""Weights that others trained, and the scripts that brought them here."""
