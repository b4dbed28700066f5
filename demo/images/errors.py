"""What can go wrong when an image is made."""


class ImageError(RuntimeError):
    """An image could not be made; the text says which, why, and what to do."""
