"""The packaged reply templates, one folder per language."""
