"""A crew of real processes of this machine, and what keeps them from outliving their run."""
