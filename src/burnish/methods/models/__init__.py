"""Language models as files: loading, describing, attaching adapters."""

import os

# Set before any import of the Hugging Face libraries, which read them once: nothing phones home.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["DO_NOT_TRACK"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
