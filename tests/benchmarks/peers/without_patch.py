"""Snakemake with all of this project's patches except one: MODULE:CLASS.NAME SCRIPTS arguments…"""

import importlib
import sys

name, scripts = sys.argv[1:3]
sys.path.insert(0, scripts)
patches = importlib.import_module("snakemake_adapter.patches")
patches.PATCHES[:] = [one for one in patches.PATCHES if f"{one.of}.{one.name}" != name]
importlib.import_module("snakemake.cli").main(sys.argv[3:])
