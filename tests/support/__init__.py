"""Servers and proxies that the tests start for themselves."""
