"""Print which languages a text may be in, the best first; text and answer are JSON.

For jobs that do not have the model themselves: see audio_pipeline/languages.py.
"""

import json
import sys

from audio_pipeline import languages

languages.load()
print(json.dumps(languages.rank(json.loads(sys.argv[1]))))
