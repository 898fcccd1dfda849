"""Texts: sentences, languages, cleaning, checks and spoken form."""
