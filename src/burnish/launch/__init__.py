"""The same command, submitted elsewhere: one file for each target, plan in, manifest out."""
