"""What the world may use: versions, their states, approvals and quarantine."""
