"""The same with doit: a task for each file, in threads of one process, a semaphore for each service."""

import os
import sys
import threading

sys.path.insert(0, os.environ["PEERS"])
import asking

DOIT_CONFIG = {"default_tasks": ["audio", "image"], "verbosity": 1, "reporter": "error-only"}
CAPS = {service: threading.Semaphore(cap) for service, cap in asking.PLAN["caps"].items()}
TOPICS = asking.topics()


def capped(service, make, *arguments):
    with CAPS[service]:
        make(*arguments)


def task_script():
    for slug, topic in TOPICS.items():
        target = f"scripts/{slug}.txt"
        yield {
            "name": slug,
            "actions": [(capped, ["llm", asking.script, topic, target])],
            "file_dep": [f"topics/{slug}"],
            "targets": [target],
        }


def task_audio():
    for slug in TOPICS:
        source, target = f"scripts/{slug}.txt", f"audio/{slug}.wav"
        yield {
            "name": slug,
            "actions": [(capped, ["tts", asking.audio, source, target])],
            "file_dep": [source],
            "targets": [target],
        }


def task_image():
    for slug, topic in TOPICS.items():
        source, target = f"scripts/{slug}.txt", f"images/{slug}.png"
        yield {
            "name": slug,
            "actions": [(capped, ["sd", asking.image, topic, source, target])],
            "file_dep": [source],
            "targets": [target],
        }
