"""The words everything else is said in: artefacts, stages, gates, verdicts, runs, ports, errors."""
