"""WHAT happens: the steps of the flow, one file and one function each; no stage imports another."""
