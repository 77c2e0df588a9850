"""What of the bytes heard is believed, and the facts that follow from it."""
