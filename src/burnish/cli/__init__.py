"""The command line: one file per command, each calling one verb of the api."""
