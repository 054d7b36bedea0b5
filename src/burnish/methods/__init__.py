"""HOW: pure algorithms, a folder per topic; they know neither runs nor plans."""
