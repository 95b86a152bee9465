"""The shells: one plain file each, and what installs and removes them."""
