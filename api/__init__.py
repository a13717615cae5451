"""Doors: HTTP, command line, settings, security. May import every room below."""
