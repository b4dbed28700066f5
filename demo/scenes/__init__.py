"""Frames of watch cameras, drawn from seeds: landscapes, light, weather, smoke and what only looks like it."""

from demo.scenes.landscape import View
from demo.scenes.phenomena import Kind, Phenomenon, box
from demo.scenes.render import jpeg, render
from demo.scenes.sampler import INTERVAL, Scene, frame_times, frames, phenomenon, place, sample_scene

__all__ = [
    "INTERVAL",
    "Kind",
    "Phenomenon",
    "Scene",
    "View",
    "box",
    "frame_times",
    "frames",
    "jpeg",
    "phenomenon",
    "place",
    "render",
    "sample_scene",
]
