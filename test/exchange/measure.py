"""Loads what measure.ts exported and prints the largest differences from tfjs's predictions.

With a second argument, writes the SHA-256 sums of the files that agreed there as a fixture.

Made with tensorflow 2.21.0, keras 3.15.1, onnx 1.23.2, onnxruntime 1.32.0.
"""

import hashlib
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np


def read(base, name):
    with open(f"{base}/{name}.json") as file:
        shape = json.load(file)
    return np.fromfile(f"{base}/{name}.f32", np.float32).reshape(shape)


def read_all(base, letter):
    arrays = []
    while os.path.exists(f"{base}/{letter}{len(arrays)}.json"):
        arrays.append(read(base, f"{letter}{len(arrays)}"))
    return arrays


differences = {}


def report(network, what, key, found, expected):
    worst = max(float(np.abs(np.asarray(f) - e).max()) for f, e in zip(found, expected, strict=True))
    print(f"{network} {what}: {worst:.2e}", flush=True)
    differences.setdefault(network, {})[key] = worst
    assert worst < 1e-5


def sha256(file):
    with open(file, "rb") as opened:
        return hashlib.sha256(opened.read()).hexdigest()


def main(folder, fixture=None):
    sums = {}
    for network in sorted(name for name in os.listdir(folder) if os.path.isdir(f"{folder}/{name}")):
        base = f"{folder}/{network}"
        inputs, outputs = read_all(base, "x"), read_all(base, "y")
        if os.path.exists(f"{base}/onnx.onnx"):
            import onnx
            import onnxruntime

            onnx.checker.check_model(onnx.load(f"{base}/onnx.onnx"), full_check=True)
            session = onnxruntime.InferenceSession(f"{base}/onnx.onnx")
            feed = {i.name: x for i, x in zip(session.get_inputs(), inputs, strict=True)}
            report(network, "onnxruntime", "onnx", session.run(None, feed), outputs)
            one = session.run(None, {name: x[:1] for name, x in feed.items()})
            report(network, "onnxruntime, batch of 1", "onnx-one", one, [y[:1] for y in outputs])
        if os.path.exists(f"{base}/saved-model"):
            import tensorflow as tf

            loaded = tf.saved_model.load(f"{base}/saved-model")
            serve = loaded.signatures["serving_default"]
            names = list(serve.structured_input_signature[1])
            order = sorted(names, key=lambda n: ["image", "other"].index(n))
            found = serve(**{name: tf.constant(x) for name, x in zip(order, inputs, strict=True)})
            with open(f"{base}/tfjs-graph/model.json") as file:
                keys = list(json.load(file)["signature"]["outputs"])
            report(network, f"saved model {names}->{keys}", "saved-model", [found[key] for key in keys], outputs)
        if os.path.exists(f"{base}/keras.keras"):
            import keras

            model = keras.saving.load_model(f"{base}/keras.keras")
            found = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
            report(network, "keras", "keras", found if isinstance(found, list) else [found], outputs)
            again = keras.models.model_from_json(model.to_json())
            again.load_weights(f"{base}/keras-weights.weights.h5")
            found = again.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
            report(network, "keras weights", "keras-weights", found if isinstance(found, list) else [found], outputs)
            model.compile("sgd", "mse")
            model.fit(
                inputs if len(inputs) > 1 else inputs[0],
                outputs if len(outputs) > 1 else outputs[0],
                batch_size=4,
                steps_per_epoch=2,
                verbose=0,
            )
            print(f"{network} keras trains", flush=True)

        files = {"onnx": "onnx.onnx", "saved-model": "saved-model/saved_model.pb"}
        sums[network] = {key: sha256(f"{base}/{file}") for key, file in files.items()}
        for name in ("keras", "keras-weights"):
            with open(f"{base}/{name}.sha256") as file:
                sums[network][name] = file.read()
    with open(f"{folder}/python.json", "w") as file:
        json.dump(differences, file)
    if fixture:
        with open(fixture, "w") as file:
            json.dump(sums, file, indent=2)
            file.write("\n")


main(*sys.argv[1:])
