"""What of the bytes heard is believed, and what is found by it."""
