"""Plain texts of handhelds: who sent one, how it is answered, and the one that wipes a board."""
