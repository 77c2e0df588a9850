"""The live demonstration: real stations on a virtual mesh, and the screens of one of them."""
