"""A home as one process has it open, and its hold on the station."""
