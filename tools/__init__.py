"""Programs that make what the repository holds; none of it runs in meshboard."""
