"""What each language needs: a module for each, with its LANGUAGE (see text/language.py)."""
