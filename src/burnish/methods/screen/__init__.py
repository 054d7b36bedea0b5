"""What must not be learnt from: test items, hidden text, injected instructions, triggers, drift."""
