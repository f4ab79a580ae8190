"""The language: text to a program and back, and Python source to a program; nothing of a text is ever run."""
