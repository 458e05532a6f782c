"""Trains MobileNet as in the paper, with the whole network run in every epoch, and prints lines of
JSON. Called by scripts/bench-transfer.ts: `python keras_transfer.py`, options as JSON on stdin.

The options: data (a data.npz), weights (the folder written by the set-up), rows of each set, types of
each row, epochs, rates, seed.
"""

import json
import os
import pathlib
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras  # noqa: E402
import numpy as np  # noqa: E402


def say(**message):
    print(json.dumps(message), flush=True)


def read_weights(folder):
    manifest = json.loads((folder / "model.json").read_text())["weightsManifest"][0]
    numbers = np.frombuffer((folder / "weights.bin").read_bytes(), "<f4")
    weights, at = {}, 0
    for entry in manifest["weights"]:
        size = int(np.prod(entry["shape"]))
        weights[entry["name"]] = numbers[at : at + size].reshape(entry["shape"])
        at += size
    return weights


class Timed(keras.callbacks.Callback):
    """Prints time and accuracy of every epoch."""

    def __init__(self, phase):
        super().__init__()
        self.phase = phase

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        seconds = time.perf_counter() - self.start
        say(phase=self.phase, seconds=seconds, val_accuracy=float(logs["val_accuracy"]))


def callbacks(phase, patience, stop_after):
    return [
        keras.callbacks.ReduceLROnPlateau(factor=0.2, patience=patience),
        keras.callbacks.EarlyStopping(patience=stop_after, restore_best_weights=True),
        Timed(phase),
    ]


def network(weights, dropout):
    layers = keras.layers
    base = keras.applications.MobileNet(weights=None, include_top=False, input_shape=(224, 224, 3))
    for variable in base.weights:
        variable.assign(weights["/".join(variable.path.split("/")[-2:])])
    base.trainable = False
    model = keras.Sequential([
        keras.Input((64, 64, 3)),
        layers.Rescaling(2 / 255, offset=-1),
        layers.Resizing(224, 224),
        base,
        layers.GlobalAveragePooling2D(),
        layers.Dense(256, activation="relu"),
        layers.BatchNormalization(),
        layers.Dropout(dropout),
        layers.Dense(128, activation="relu"),
        layers.Dropout(dropout),
        layers.Dense(128, activation="relu"),
        layers.Dropout(dropout),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip
    return model, base


def main():
    options = json.load(sys.stdin)
    images = np.load(options["data"])["images"]
    if images.dtype != np.uint8:
        images = np.rint(images * 255).astype(np.uint8)
    primary = np.array(options["primary"])

    def examples(name):
        rows = np.array(options["rows"][name])
        return images[rows], np.eye(10, dtype=np.float32)[primary[rows]]

    train, validation, test = map(examples, ["train", "validation", "test"])
    keras.utils.set_random_seed(options["seed"])
    model, base = network(read_weights(pathlib.Path(options["weights"])), options["dropout"])

    def fit(phase, optimizer, epochs, patience, stop_after):
        model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
        model.fit(
            *train, batch_size=32, epochs=epochs, verbose=0, validation_data=validation,
            callbacks=callbacks(phase, patience, stop_after),
        )  # fmt: skip
        say(phase=phase, test_accuracy=float(model.evaluate(*test, verbose=0)[1]))

    fit("frozen", keras.optimizers.Adam(1e-3), options["headEpochs"], 4, 10)
    base.trainable = True
    for layer in base.layers[:-10]:
        layer.trainable = False
    fit("fine-tuned", keras.optimizers.RMSprop(1e-3), options["tuneEpochs"], 2, 6)


main()
