"""What front ends act through: the service, and what a screen shows."""
