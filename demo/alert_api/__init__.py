"""pyro-api's alert-api as an importer meets it: its routes, roles, limits and quirks (alert-api contract)."""
