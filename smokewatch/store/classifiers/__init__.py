"""Classifiers that tell smoke from none in one image: ONNX and TFLite files behind one protocol."""

from smokewatch.store.classifiers.opening import open_classifier
from smokewatch.store.classifiers.protocol import Classifier

__all__ = ["Classifier", "open_classifier"]
