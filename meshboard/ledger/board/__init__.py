"""What the board asks: posts by filter and code, contacts, codes, mutes; and forgetting them."""
