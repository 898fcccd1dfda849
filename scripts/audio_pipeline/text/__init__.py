"""Texts: sentences, languages, cleaning, checks and the form in which they are spoken."""
