"""What others read: the store's content in the layouts of other tools."""
