"""Connections: one outside system a file, each a Prefect block that wraps the settings."""
