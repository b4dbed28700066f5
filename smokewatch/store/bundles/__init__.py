"""Bundles: a store to share. Shards of frames and predictions, a snapshot of the catalog, tables for analysts."""
