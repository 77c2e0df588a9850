"""The shell: one running station; the only place where the parts are wired together."""
