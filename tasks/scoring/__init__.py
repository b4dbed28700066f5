"""Scoring a backlog: models behind one protocol, chunks of sequences, results by content."""
