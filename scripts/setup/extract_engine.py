"""Extracts the files that the N-API binding needs from TensorFlow's wheels, without the Python code.

usage: extract_engine.py WHEELS_FOLDER TARGET_FOLDER
"""

import os
import re
import shutil
import sys
import zipfile

WANTED = re.compile(
    r"""tensorflow/libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$
    |tensorflow/include/(tensorflow/c|tensorflow/core/platform|tsl/platform|xla/tsl/c)/.*\.h$
    |nvidia/(?!.*/include/)""",
    re.VERBOSE,
)


def main(wheels, target):
    for name in sorted(os.listdir(wheels)):
        with zipfile.ZipFile(os.path.join(wheels, name)) as wheel:
            for member in wheel.infolist():
                if member.is_dir() or not WANTED.match(member.filename):
                    continue
                file = os.path.join(target, member.filename)
                os.makedirs(os.path.dirname(file), exist_ok=True)
                with wheel.open(member) as source, open(file, "wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
                # ptxas, which XLA calls, must stay executable.
                os.chmod(file, (member.external_attr >> 16) & 0o777 or 0o644)


main(*sys.argv[1:])
