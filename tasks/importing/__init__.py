"""Reading production into the store: days, or a walk through the ids; one sequence at a time, many at once."""
