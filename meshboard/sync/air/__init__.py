"""What the channel and the hour allow, and waits that grow."""
