"""The packaged detection rules, one TOML file per language."""
