"""The command line: a command reads as a pipeline on one screen."""
