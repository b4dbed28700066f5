"""A pretend production on one machine, deterministic from a seed: cameras, alert-api and a release."""
