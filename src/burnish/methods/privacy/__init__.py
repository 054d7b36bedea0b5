"""Personal data: found by rules, masked by category, and the finding itself put to the test."""
