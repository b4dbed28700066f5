"""The page: a FastAPI app over the store, and a static front end. It reads, and writes nothing."""
