"""The rules: pure functions and frozen types. No I/O, no clock, no Prefect, no globals."""
