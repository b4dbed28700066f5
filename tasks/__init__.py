"""Units of work that flows call; all talking to the outside happens here, through blocks."""
