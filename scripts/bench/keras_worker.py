"""Runs one network of networks.json in Keras and replies with one line of JSON to each command on stdin.

Called by scripts/bench.ts: `python keras_worker.py <network> <variant> <images> <batch>`. Commands:
`run`, `end`.
"""

import json
import os
import pathlib
import resource
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

BLOCKS = [
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1),
    (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
]  # fmt: skip


def mobile_net():
    layers = keras.layers
    made = [
        layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(6.0),
    ]
    for filters, stride in BLOCKS:
        if stride == 2:
            made.append(layers.ZeroPadding2D(((0, 1), (0, 1))))
        padding = "same" if stride == 1 else "valid"
        made += [
            layers.DepthwiseConv2D(3, strides=stride, padding=padding, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(6.0),
            layers.Conv2D(filters, 1, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(6.0),
        ]
    return made


def layers_of(network):
    layers = keras.layers
    l2 = keras.regularizers.L2(network["l2"]) if "l2" in network else None
    made = []
    base = 0
    for kind, *options in network["layers"]:
        if kind == "conv":
            filters, size, stride, activation = options
            made.append(
                layers.Conv2D(filters, size, strides=stride, padding="same",
                              activation=activation, kernel_regularizer=l2)
            )  # fmt: skip
        elif kind == "dense":
            units, activation = options
            last = activation == "softmax"
            made.append(
                layers.Dense(units, activation=activation, kernel_regularizer=None if last else l2,
                             dtype="float32" if last else None)
            )
        elif kind == "mobileNet":
            made += mobile_net()
            base = len(made)
        else:
            make = {
                "batchNorm": layers.BatchNormalization,
                "maxPool": layers.MaxPooling2D,
                "flatten": layers.Flatten,
                "globalAverage": layers.GlobalAveragePooling2D,
                "dropout": layers.Dropout,
            }[kind]
            made.append(make(*options))
    return made, base


def unet(filters):
    layers = keras.layers

    def level(x, width):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization()(x))

    image = keras.Input((64, 64, 3))
    details = [level(image, filters[0])]
    for width in filters[1:]:
        details.append(level(layers.MaxPooling2D(2)(details[-1]), width))
    x = details.pop()
    for width in filters[-2::-1]:
        x = layers.Concatenate()([layers.UpSampling2D(2)(x), details.pop()])
        x = level(x, width)
    mask = layers.Conv2D(1, 1, activation="sigmoid", dtype="float32")(x)
    return keras.Model(image, mask)


def built(network):
    if network["layers"][0][0] == "unet":
        return unet(network["layers"][0][1:])
    layers, base = layers_of(network)
    for layer in layers[: max(base - network.get("trainableLayers", base), 0)]:
        layer.trainable = False
    side, channels = network.get("imageSize"), network["input"][2]
    if not side:
        return keras.Sequential([keras.Input(network["input"]), *layers])
    resize = keras.layers.Resizing(*network["input"][:2])
    return keras.Sequential([keras.Input([side, side, channels]), resize, *layers])


def main(name, variant, count, batch):
    networks = json.loads((pathlib.Path(__file__).parent / "networks.json").read_text())
    network = networks[name]
    task = network["task"]
    if variant == "keras-bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    keras.utils.set_random_seed(1)
    model = built(network)
    rng = np.random.default_rng(1)
    x = rng.random((count, *model.input_shape[1:]), dtype=np.float32)
    y = np.eye(10, dtype=np.float32)[rng.integers(0, 10, count)]
    if task == "segment":
        y = rng.integers(0, 2, (count, *model.output_shape[1:])).astype(np.float32)
    if task == "latency":

        def work():
            for i in range(count):
                model.predict_on_batch(x[i : i + 1])

    elif task == "predict":
        model.trainable = False

        def work():
            model.predict(x, batch_size=batch, verbose=0)
    else:
        fine_tune = task == "fineTune"
        optimizer = keras.optimizers.RMSprop(1e-4) if fine_tune else keras.optimizers.Adam()
        loss = "binary_crossentropy" if task == "segment" else "categorical_crossentropy"
        model.compile(optimizer, loss, metrics=["accuracy"])

        def work():
            model.fit(x, y, batch_size=batch, epochs=1, verbose=0)

    work()
    answer({"versions": {"tensorflow": tf.__version__, "keras": keras.__version__}})
    for line in sys.stdin:
        if line.strip() == "end":
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            answer({"peakBytes": peak})
            return
        cpu, start = time.process_time(), time.perf_counter()
        work()
        seconds = time.perf_counter() - start
        answer({"seconds": seconds, "cpuSeconds": time.process_time() - cpu, "images": count})


def answer(message):
    print(json.dumps(message), flush=True)


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
