"""`springback` and `python -m springback`."""

import sys


def main() -> None:
    """Run the program; Ctrl-C ends it without a word, also while it is loading."""
    try:
        from springback.cli import main as run  # noqa: PLC0415 - loading takes its time
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
