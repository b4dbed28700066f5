"""How smokewatch is hosted: what Prefect's server does by itself, as code."""
