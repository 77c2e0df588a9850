"""What opens bytes from elsewhere, against bytes that mean harm: `make fuzz`, and a minute of it in tests.

Valid values come from the examples of tests/wire and, drawn by Hypothesis, from its strategies; then they
are altered, spliced, and sealed and signed again, so that what lies behind seals and checksums is reached.
Altering is done by a seeded `random.Random`: a hundred times the cases a second that Hypothesis draws one
by one. Atheris would add guidance by coverage, but there are no wheels of it for aarch64, and it cannot
seal or sign.
"""
