"""A home on the disk: files under the lock, keys, copies, losses, and destroying it all."""
