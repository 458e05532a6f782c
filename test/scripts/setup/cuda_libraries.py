"""Opens the CUDA libraries of TensorFlow's GPU build as TensorFlow itself does, and prints as JSON what
each of its functions Get…DsoHandle found: a path, or null.

usage: cuda_libraries.py ENGINE_FOLDER NAME...

The functions are tsl::internal::DsoLoader's (tsl/platform/default/dso_loader.h), which are exported.
They return absl::StatusOr<void *>: a status of one word, which is 1 for OK, and a handle of dlopen.
"""

import ctypes
import json
import os
import subprocess
import sys


class LinkMap(ctypes.Structure):
    _fields_ = [("address", ctypes.c_void_p), ("name", ctypes.c_char_p)]


def path_of(handle):
    found = ctypes.POINTER(LinkMap)()
    dlinfo = ctypes.CDLL(None).dlinfo
    dlinfo.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]
    link_map_request = 2  # RTLD_DI_LINKMAP
    if dlinfo(handle, link_map_request, ctypes.byref(found)) != 0:
        return None
    return os.path.realpath(found.contents.name.decode())


def open_one(engine, name):
    library = os.path.join(engine, "tensorflow", "libtensorflow_framework.so.2")
    tensorflow = ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
    function = f"Get{name}DsoHandle"
    load = getattr(tensorflow, f"_ZN3tsl8internal9DsoLoader{len(function)}{function}Ev")
    load.argtypes = [ctypes.c_void_p]
    load.restype = ctypes.c_void_p
    result = (ctypes.c_uint64 * 2)()
    load(ctypes.addressof(result))
    status, handle = result
    return path_of(handle) if status == 1 else None


def main(engine, names):
    if len(names) == 1:
        print(json.dumps({names[0]: open_one(engine, names[0])}))
        return
    found = {}
    # Each in a process of its own: a library must not lean on one that another has brought.
    for name in names:
        run = [sys.executable, __file__, engine, name]
        done = subprocess.run(run, capture_output=True, text=True, env={"TF_CPP_MIN_LOG_LEVEL": "3"})
        found.update(json.loads(done.stdout) if done.returncode == 0 else {name: None})
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
