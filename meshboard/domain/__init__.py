"""What a mutual-aid board is: posts, claims, entries, and the rules that join them. Pure."""
