"""MAY IT GO ON: pure judgements over the record; a gate can look and change nothing."""
