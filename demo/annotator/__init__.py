"""pyro-annotator's annotation API as a reader of its backlog meets it: routes, errors, order and quirks."""
