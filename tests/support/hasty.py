"""The program with short waits between logins, so that a test sees in seconds what takes minutes."""

from datetime import timedelta

from springback import backoff, gaps, session
from springback.cli import main

session._APART = 0.5
gaps.APART = timedelta()
backoff._FIRST_CONNECT = timedelta(seconds=0.5)
backoff._FIRST = timedelta(seconds=0.5)

if __name__ == "__main__":
    main()
