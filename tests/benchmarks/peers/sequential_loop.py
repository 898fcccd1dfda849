"""The loop that this project replaces: one topic after the other, one service after the other."""

from asking import audio, image, script, topics

for slug, topic in topics().items():
    script(topic, f"scripts/{slug}.txt")
    audio(f"scripts/{slug}.txt", f"audio/{slug}.wav")
    image(topic, f"scripts/{slug}.txt", f"images/{slug}.png")
