"""The other stations: who counts, who is near, and how far a frame must go to reach them."""
