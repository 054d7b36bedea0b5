"""Where bytes live: in memory or in a folder, named by digest and sealed at rest."""
