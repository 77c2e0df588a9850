"""What tests of more than one folder share; nothing here is a test."""
