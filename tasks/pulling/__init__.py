"""Reading the annotation queue into the store: every id first, then many sequences at once."""
