"""Language models as files: loading, describing, attaching adapters."""

import logging
import os
import sys
from typing import Any

# Set before any import of the Hugging Face libraries, which read them once: nothing phones home.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["DO_NOT_TRACK"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# Where the package `kernels` is installed, bitsandbytes fetches compiled code from the hub as soon
# as it is imported, and peft imports it wherever it is there. It does without, and need not say so.
_MODULES: dict[str, Any] = sys.modules
_MODULES.setdefault("kernels", None)
logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
