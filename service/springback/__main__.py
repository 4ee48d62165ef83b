"""`python -m springback`."""

from springback.cli import main

main()
