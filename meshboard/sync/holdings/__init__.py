"""What is held here, told in few bytes; how two tellings differ; what is left of what was forgotten."""
