"""The terminal screens: what people see and press."""
