"""What a file may be at most; the caller takes the numbers from its own rules where they differ."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers that hold for one file. The defaults are those of evidence."""

    bytes: int = 500 << 20
    pixels: int = 51_000_000
    """Of a picture: what a decoder can hold four bytes a pixel of. A phone's photo has 12 to 50 million."""
    jpeg_pixels: int = 210_000_000
    """Of a JPEG, which is decoded at a part of its size: sensors of 200 million exist."""
    side: int = 40_000
    """Longest side of a photo in pixels: a long screenshot is longer than any camera's picture."""
    frames: int = 1_000
    """Of an animated picture. Only the first is kept; more than these are there to tire the reader."""
    video_pixels: int = 4096 * 2304
    """Of one frame. 8K does not fit in the decoder's memory."""
    fps: int = 250
    seconds: float = 300
    """Of a video or a recording: five minutes."""
    pages: int = 300
    unpacked: int = 400 << 20
    """Bytes that an office document may claim to hold."""
    kept_pixels: int = 5_000_000
    """Of a cleaned photo; larger ones are scaled down. By area, so that a long screenshot stays readable."""
    threads: int = 1
    """That ffmpeg may work with: one heavy job for each core."""
    memory: int = 480 << 20
    """That a decoder may write to; with less, large files are refused with the child's exit code in the details."""
