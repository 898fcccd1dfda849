"""Run a stage program in the run's warm process (serve_jobs.py), or, where there is none, as usual.

    python -S -E run_job.py generate_script.py --spec …

Importing what a stage needs takes 0.2 s of a processor, more than most jobs take otherwise. Here next to nothing is
imported: a few ms. Only the standard library, and of that the least, may be used.
"""

import os
import socket
import sys


def main() -> None:
    program = sys.argv[1]
    path = os.path.join(os.environ.get("AUDIO_PIPELINE_RUN", ""), "jobs.sock")
    try:
        with socket.socket(socket.AF_UNIX) as warm:
            warm.connect(path)
            job = "\0".join([os.getcwd(), *sys.argv[1:]]).encode("utf-8", "surrogateescape")
            socket.send_fds(warm, [len(job).to_bytes(4, "big")], [1, 2])
            warm.sendall(job)
            answer = warm.recv(1)
    except (OSError, AttributeError):
        # Not there, or it would not have us: nothing has been begun.
        os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
    # Without an answer it was killed, and the job with it.
    sys.exit(answer[0] if answer else f"error: {os.path.basename(program)}: was killed")


main()
