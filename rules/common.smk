"""The project that all rules share: its configuration, topics and stages."""

import os
import sys

sys.path.append(os.path.join(workflow.basedir, "scripts"))
from audio_pipeline.core.topic_attributes import SLUG
from snakemake_adapter.workflow import Workflow

PIPELINE = Workflow(workflow, config)


wildcard_constraints:
    slug=SLUG,
