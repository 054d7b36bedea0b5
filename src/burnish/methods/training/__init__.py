"""Fine-tuning of causal language models: packing, the loop, exact resume, planning."""

import burnish.methods.models  # noqa: F401  (sets the environment before torch's friends load)
