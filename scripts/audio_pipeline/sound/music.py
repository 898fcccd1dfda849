"""Music and the sounds of clips under a recording: decoded, ducked by the times of the sentences, mixed and levelled.

Speech, music and their mix are kept at half of their amplitude, so that peaks between the samples of a file, and the
sum of both, stay below full scale. All are read in parts: an hour of each has 700 MB.
"""

import contextlib
import functools
import hashlib
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from audio_pipeline import ffmpeg, files
from audio_pipeline.errors import EngineError, InputError
from audio_pipeline.sound import ducking, levelling, limiter, loudness, silence, wav
from audio_pipeline.sound.background import Background, ClipSound
from audio_pipeline.sound.ducking import STEP_S, Ducking, Times
from audio_pipeline.sound.looping import Looped
from audio_pipeline.sound.loudness import Levels
from audio_pipeline.sound.sample_file import SampleFile, Samples, ranges

if TYPE_CHECKING:
    import numpy as np

SUFFIXES = (".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav")
RATE_HZ = 48_000
_DEMUXERS = "aac,flac,mov,mp3,ogg,wav"
_DEMUXERS_OF_CLIPS = "matroska,mov"
_HALF = 0.5
_SHORTEST_S, _LONGEST_S = 1.0, 4 * 3600.0  # of the music in a file
_SPARE_S = 10.0  # decoded besides what is needed, for silence at the beginning of the file
_CROSSFADE_S = 2.0
_MOST_GAIN_DB = 20.0
_HEAD_BYTES = 2**20  # of a WAV file, with everything before its sound
_BLOCK = limiter.block_size(RATE_HZ)
_AT_ONCE = _BLOCK * limiter.BLOCKS_AT_ONCE


def chosen(tracks: Sequence[str], seed_text: str) -> Path:
    """Return the file of music that has the highest hash with seed_text.

    tracks: paths; those of hidden files and of other kinds are not taken. Another file changes the choice only where it
    is chosen itself (rendezvous hashing: Thaler and Ravishankar, 1998).
    Raises InputError: there is no file of music.
    """
    found = _playable(tuple(tracks))
    if not found:
        (first, *others) = map(Path, tracks)
        place = first.parent if others or first.is_file() else first
        kinds = ", ".join(SUFFIXES)
        raise InputError(
            f"video.music: {place}: has no file of music; expected a file or a folder with {kinds}"
        )
    return max(found, key=lambda path: (_hash(path.name, seed_text), path.name))


def mixed(
    speech: Path,
    music: Path | None,
    spoken: Sequence[Times],
    output: Path,
    *,
    length_s: float,
    loudness_lufs: float | None,
    clips: Sequence[ClipSound] = (),
) -> Levels:
    """Write a recording with music under it as a WAV file of length_s: 48 kHz, stereo, 16 bits. Return its levels.

    spoken: begin and end of each sentence in seconds; without any, all of the recording counts as speech;
    loudness_lufs: of the mix, None if the speech is to stay as loud as it is; clips: their sound is heard in place of
    the music while they are seen. The true peak is at most −1.5 dBTP.
    The temporary files are on the output's disk: 2 GB for an hour.
    Raises InputError: speech or music cannot be decoded, or is silent or too short; EngineError: no ffmpeg.
    """
    ffmpeg.program()
    count = round(length_s * RATE_HZ)
    if not 0 < 4 * count < wav.MOST_BYTES:
        raise InputError(f"{length_s:.0f} s of sound do not fit into a WAV file (0 to 6 hours)")
    files.new(output).close()  # removes a link of that name
    with (
        _scratch(output) as speech_file,
        contextlib.ExitStack() as scratch,
        _scratch(output) as mix_file,
        _scratch(output) as blocks,
        files.open_or_create(output) as written,
    ):
        voice = _decoded_speech(speech, speech_file, length_s)
        bed = _bed(music, clips, count, lambda: scratch.enter_context(_scratch(output)))
        curve, lufs = _ducking(speech, voice, music, bed, spoken, loudness_lufs)
        mix = SampleFile(mix_file, 2)
        _mix(voice, bed, curve, mix)
        written.write(wav.header(4 * count, RATE_HZ, 2))
        target = SampleFile(written, 2, offset=wav.HEADER_BYTES)
        return levelling.level(mix, target, blocks, RATE_HZ, (), lufs)


@functools.cache
def _playable(tracks: tuple[str, ...]) -> list[Path]:
    """Return the files of music, looked up once for all topics."""
    return [path for path in map(Path, tracks) if _is_music(path) and path.is_file()]


def _is_music(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _hash(name: str, seed_text: str) -> bytes:
    """Return a hash that is the same on file systems that decompose accents (macOS)."""
    text = f"{seed_text}\n{unicodedata.normalize('NFC', name)}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def _reason(error: Exception) -> str:
    """Return an error's message without the path, which OSError repeats."""
    return getattr(error, "strerror", None) or str(error)


def _scratch(output: Path) -> BinaryIO:
    """Open a file on the output's disk that has no name, so that nothing is left of it if the process is killed."""
    return tempfile.TemporaryFile(dir=output.parent)


def _decoded_speech(path: Path, file: BinaryIO, length_s: float) -> SampleFile:
    try:
        with files.reading(path) as source:
            channels = min(2, wav.parse(source.read(_HEAD_BYTES)).channels)
            source.seek(0)
            return _decoded(source, file, channels, length_s)
    except (EngineError, OSError, ValueError) as error:
        raise InputError(f"{path}: {_reason(error)}; delete it to make it again") from None


def _bed(
    music: Path | None, clips: Sequence[ClipSound], count: int, scratch: Callable[[], BinaryIO]
) -> Samples:
    """Return all that sounds under the speech."""
    looped = _looped_music(music, scratch(), count) if music else None
    if looped and not clips:
        return looped
    sounds = [(clip, _sound_of(clip, scratch())) for clip in clips]
    return Background(looped, sounds, count, RATE_HZ)


def _sound_of(clip: ClipSound, file: BinaryIO) -> SampleFile:
    try:
        with files.reading(clip.path) as source:
            return _decoded(source, file, 2, clip.needed_s, _DEMUXERS_OF_CLIPS, clip.start_s)
    except (EngineError, OSError, ValueError) as error:
        raise InputError(
            f"{clip.path}: its sound cannot be read ({_reason(error)}); remove `sound: true` from its scene"
        ) from None


def _looped_music(path: Path, file: BinaryIO, count: int) -> Looped:
    """Return the music, without the silence at both ends of its file, in the length of the video."""
    longest_s = min(_LONGEST_S, count / RATE_HZ + _SPARE_S)
    try:
        with files.reading(path) as source:
            samples = _decoded(source, file, 2, longest_s)
    except (EngineError, OSError, ValueError) as error:
        raise InputError(
            f"music {path}: {_reason(error)}; convert it to another format, or choose another file"
        ) from None
    before_s, after_s = silence.silent_ends_s(samples, RATE_HZ)
    first, last = round(before_s * RATE_HZ), len(samples) - round(after_s * RATE_HZ)
    if last - first < _SHORTEST_S * RATE_HZ:
        raise InputError(
            f"music {path}: has {(last - first) / RATE_HZ:.1f} s of music; expected at least "
            f"{_SHORTEST_S:g} s"
        )
    return Looped(samples, first, last, count, round(_CROSSFADE_S * RATE_HZ))


def _decoded(
    source: BinaryIO,
    file: BinaryIO,
    channels: int,
    longest_s: float,
    demuxers: str = _DEMUXERS,
    start_s: float = 0.0,
) -> SampleFile:
    """Decode the sound of a file into another one at 48 kHz, and half of its amplitude. Raises EngineError."""
    options = ["-af", f"volume={_HALF}:precision=float", "-ar", str(RATE_HZ), "-ac", str(channels)]
    ffmpeg.decode_file(source, file, demuxers, options, longest_s, start_s)
    return SampleFile.existing(file, channels)


def _ducking(
    speech: Path,
    voice: Samples,
    music: Path | None,
    bed: Samples,
    spoken: Sequence[Times],
    loudness_lufs: float | None,
) -> tuple[Ducking, float]:
    """Return the gain of the music, and the loudness of the mix."""
    import numpy as np

    length_s = len(bed) / RATE_HZ
    steps = -(-len(bed) // _step())
    voice_powers, bed_powers = _powers(voice, steps), _powers(bed, steps)
    voice_lufs, bed_lufs = _lufs(voice_powers), _lufs(bed_powers)
    if voice_lufs is None:
        raise InputError(f"{speech}: is silent; delete it to make it again")
    if bed_lufs is None and music:
        raise InputError(f"music {music}: is silent; choose another file")
    bed_lufs = bed_lufs or 0.0  # None for clips whose sound is silence
    final_lufs = voice_lufs if loudness_lufs is None else loudness_lufs
    boost_db = min(final_lufs - ducking.BELOW_LU - bed_lufs, _MOST_GAIN_DB - ducking.LIFT_DB)
    base_db = boost_db + voice_lufs - final_lufs
    times = spoken or [(0.0, len(voice) / RATE_HZ)]
    curve = ducking.ducking(base_db, times, voice_powers, bed_powers, length_s)
    gains = curve.gains((np.arange(steps) + 0.5) * STEP_S)
    unchanged_lufs = _lufs(voice_powers + bed_powers * gains**2) or voice_lufs
    return curve, unchanged_lufs if loudness_lufs is None else loudness_lufs


def _mix(voice: SampleFile, bed: Samples, curve: Ducking, mix: SampleFile) -> None:
    """Append speech and music to a file, at half of their amplitude."""
    import numpy as np

    for start, end in ranges(len(bed), _AT_ONCE):
        blocks = np.arange(start // _BLOCK - 1, -(-end // _BLOCK) + 1)
        gains = curve.gains((blocks + 0.5) * (_BLOCK / RATE_HZ))
        sound = limiter.amplified(bed.read(start, end), gains, _BLOCK)
        mix.append(np.clip(sound + voice.read(start, end).astype(np.int32), -32768, 32767))


def _powers(samples: Samples, steps: int) -> "np.ndarray":
    """Return the mean square of each STEP_S after K-weighting, at full amplitude: (steps,).

    It is summed over two channels: mono is heard from both.
    """
    import numpy as np

    size, powers = _step(), [np.zeros(0)]
    scale = 2 / samples.columns / _HALF**2
    for _, weighted in loudness.analysed(samples, RATE_HZ, _AT_ONCE):
        padded = np.pad(weighted, (0, -len(weighted) % size))
        powers.append(padded.reshape(-1, size).mean(axis=1, dtype=np.float64) * scale)
    found = np.concatenate(powers)[:steps]
    return np.pad(found, (0, steps - len(found)))


def _lufs(powers: "np.ndarray") -> float | None:
    """Return the integrated loudness of steps of STEP_S."""
    in_one = round(0.1 / STEP_S)
    whole = len(powers) // in_one * in_one
    return loudness.gated_lufs(powers[:whole].reshape(-1, in_one).mean(axis=1))


def _step() -> int:
    return round(STEP_S * RATE_HZ)
