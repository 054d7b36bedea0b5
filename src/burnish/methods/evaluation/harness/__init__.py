"""Results of other harnesses as paired records, and burnish's own in a form that others read."""
