"""Wire: entries and frames as bytes, and back. Pure; readers are total."""
