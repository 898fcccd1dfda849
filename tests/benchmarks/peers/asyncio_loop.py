"""All topics in one process by hand: a semaphore for each service, aiohttp for the requests, no record."""

import asyncio
import base64
import json
import re
from pathlib import Path

import aiohttp

PLAN = json.loads(Path("plan.json").read_text())


async def main() -> None:
    caps = {service: asyncio.Semaphore(cap) for service, cap in PLAN["caps"].items()}
    lines = Path("topics.txt").read_text(encoding="utf-8").splitlines()
    for folder in ("scripts", "audio", "images"):
        Path(folder).mkdir(exist_ok=True)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def post(service: str, path: str, body: dict) -> bytes:
            async with (
                caps[service],
                session.post(PLAN["urls"][service] + path, json=body) as answer,
            ):
                answer.raise_for_status()
                return await answer.read()

        async def topic(line: str) -> None:
            slug = re.sub(r"[^a-z0-9]+", "-", line.lower()).strip("-")
            prompt = f"Write a short spoken text that explains this topic: {line}"
            messages = [{"role": "user", "content": prompt}]
            options = {"temperature": 0.3, "num_predict": 200, "seed": 42}
            body = {"model": "m1:1b", "messages": messages, "stream": False, "options": options}
            answer = json.loads(await post("llm", "/api/chat", body))
            text = answer["message"]["content"].strip()
            Path(f"scripts/{slug}.txt").write_text(text + "\n", encoding="utf-8")
            await asyncio.gather(audio(slug, text), image(slug, f"{line}. {text}"))

        async def audio(slug: str, text: str) -> None:
            sound = await post("tts", "/synthesize", {"text": text, "voice": "en_US-anna"})
            Path(f"audio/{slug}.wav").write_bytes(sound)

        async def image(slug: str, prompt: str) -> None:
            size = {"width": 256, "height": 256, "steps": 5, "sampler_name": "Euler a", "seed": 42}
            answer = json.loads(await post("sd", "/sdapi/v1/txt2img", {"prompt": prompt, **size}))
            Path(f"images/{slug}.png").write_bytes(base64.b64decode(answer["images"][0]))

        await asyncio.gather(*(topic(line) for line in lines if line.strip()))


asyncio.run(main())
