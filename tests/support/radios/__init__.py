"""Links that are listened to, and nodes that say what was recorded."""
