"""The demo's images: its releases and an S3 server, with an image registry in reach or without one."""
