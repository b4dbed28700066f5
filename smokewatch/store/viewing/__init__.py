"""What the viewer asks of the catalog: every row at once, one sequence with all of its evidence, counts."""
