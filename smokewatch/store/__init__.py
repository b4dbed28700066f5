"""What is kept: the catalog (SQL) and the frames (exact bytes, once per content)."""
