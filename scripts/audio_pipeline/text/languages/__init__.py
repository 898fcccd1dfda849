"""A module for each language, with its LANGUAGE (see text/language.py)."""
