"""Qualifying a release: what it would have decided of what is stored."""
