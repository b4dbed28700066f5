"""A pretend risk-api: each camera's Fire Weather Index by day (alert-api contract, "risk-api contract")."""
