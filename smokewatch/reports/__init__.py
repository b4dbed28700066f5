"""What people read of a result: JSON, a page, markdown, rows. Of stored numbers alone; no image is read."""
