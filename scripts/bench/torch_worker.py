"""Runs one network of networks.json in PyTorch and replies with one line of JSON to each command on stdin.

Called by scripts/bench.ts: `python torch_worker.py <network> <variant> <images> <batch>`. Commands:
`run`, `end`. The examples are on the device before the first step.
"""

import json
import pathlib
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional

BLOCKS = [
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1),
    (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
]  # fmt: skip


def mobile_net():
    made = [[nn.Conv2d(3, 32, 3, 2, 1, bias=False)], [nn.BatchNorm2d(32)], [nn.ReLU6()]]
    size = 32
    for filters, stride in BLOCKS:
        if stride == 2:
            made.append([nn.ZeroPad2d((0, 1, 0, 1))])
        padding = 1 if stride == 1 else 0
        made += [
            [nn.Conv2d(size, size, 3, stride, padding, groups=size, bias=False)],
            [nn.BatchNorm2d(size)], [nn.ReLU6()],
            [nn.Conv2d(size, filters, 1, bias=False)],
            [nn.BatchNorm2d(filters)], [nn.ReLU6()],
        ]  # fmt: skip
        size = filters
    return made


class Unet(nn.Module):
    def __init__(self, filters):
        super().__init__()

        def level(inputs, outputs):
            conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
            return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())

        sizes = [3, *filters]
        self.down = nn.ModuleList(level(a, b) for a, b in zip(sizes, sizes[1:]))
        pairs = list(zip(filters[1:], filters))[::-1]
        self.up = nn.ModuleList(level(a + b, b) for a, b in pairs)
        self.mask = nn.Conv2d(filters[0], 1, 1)

    def forward(self, x):
        details = []
        for i, level in enumerate(self.down):
            x = level(x if i == 0 else functional.max_pool2d(x, 2))
            details.append(x)
        details.pop()
        for level in self.up:
            x = functional.interpolate(x, scale_factor=2, mode="nearest")
            x = level(torch.cat([x, details.pop()], 1))
        return self.mask(x)


def layers_of(network):
    """Lists of modules, one per layer as networks.json counts them, and how many belong to the base."""
    made, base = [], 0
    channels, side = network["input"][2], network["input"][0]
    flat = False
    for kind, *options in network["layers"]:
        if kind == "conv":
            filters, size, stride, _ = options
            made.append([nn.Conv2d(channels, filters, size, stride, padding=size // 2), nn.ReLU()])
            channels = filters
        elif kind == "dense":
            units, activation = options
            made.append([nn.Linear(channels, units)] + ([nn.ReLU()] if activation == "relu" else []))
            channels = units
        elif kind == "batchNorm":
            made.append([nn.BatchNorm1d(channels) if flat else nn.BatchNorm2d(channels)])
        elif kind == "maxPool":
            made.append([nn.MaxPool2d(2)])
            side //= 2
        elif kind == "flatten":
            made.append([nn.Flatten()])
            channels, flat = channels * side * side, True
        elif kind == "dropout":
            made.append([nn.Dropout(options[0])])
        elif kind == "mobileNet":
            made += mobile_net()
            base, channels = len(made), 1024
        elif kind == "globalAverage":
            made.append([nn.AdaptiveAvgPool2d(1), nn.Flatten()])
            flat = True
    return made, base


def explainer(model, x, batch):
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    layer = [part for part in model.modules() if isinstance(part, nn.BatchNorm2d)][-1]
    cam = GradCAM(model=model, target_layers=[layer])

    def work():
        for start in range(0, len(x), batch):
            part = x[start : start + batch]
            cam(input_tensor=part, targets=[ClassifierOutputTarget(0)] * len(part))

    return work


def main(name, variant, count, batch):
    networks = json.loads((pathlib.Path(__file__).parent / "networks.json").read_text())
    network = networks[name]
    task = network["task"]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(1)
    tf32 = variant == "torch-tf32"
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cudnn.benchmark = True
    rounded = variant == "torch-bfloat16"
    last = variant in ("torch-channels-last", "torch-tf32", "torch-bfloat16")
    layout = torch.channels_last if last else torch.contiguous_format

    frozen = 0
    if network["layers"][0][0] == "unet":
        model = Unet(network["layers"][0][1:])
    else:
        layers, base = layers_of(network)
        frozen = max(base - network.get("trainableLayers", base), 0)
        for layer in layers[:frozen]:
            for part in layer:
                part.requires_grad_(False)
        model = nn.Sequential(*[part for layer in layers for part in layer])
    model = model.to(device, memory_format=layout)
    frozen_parts = [part for layer in layers[:frozen] for part in layer] if frozen else []
    side = network.get("imageSize", network["input"][0])
    x = torch.rand(count, network["input"][2], side, side, device=device)
    x = x.contiguous(memory_format=layout)
    shape = (count, 1, side, side) if task == "segment" else (count,)
    y = torch.rand(shape, device=device).round() if task == "segment" else (
        torch.randint(0, 10, shape, device=device))  # fmt: skip
    wanted = network["input"][0]

    def prepared(part):
        if side == wanted:
            return part
        size = (wanted, wanted)
        return functional.interpolate(part, size, mode="bilinear", align_corners=False)

    run = torch.compile(model) if variant == "torch-compile" else model
    cast = torch.autocast(device, torch.bfloat16, enabled=rounded)

    def wait():
        if device == "cuda":
            torch.cuda.synchronize()

    if task in ("predict", "latency"):
        model.eval()

        @torch.inference_mode()
        def work():
            for start in range(0, count, batch):
                with cast:
                    result = run(prepared(x[start : start + batch]))
                result.float().cpu()

    elif task == "explain":
        model.eval()
        work = explainer(model, x, batch)
    else:
        model.train()
        for part in frozen_parts:
            part.eval()
        trained = [weight for weight in model.parameters() if weight.requires_grad]
        optimizer = (torch.optim.RMSprop(trained, 1e-4, 0.9) if task == "fineTune"
                     else torch.optim.Adam(trained))  # fmt: skip
        l2 = network.get("l2", 0)
        kernels = [weight for weight in trained if weight.ndim > 1]

        def work():
            total, right = torch.zeros((), device=device), torch.zeros((), device=device)
            order = torch.randperm(count, device=device)
            for start in range(0, count, batch):
                rows = order[start : start + batch]
                part, labels = x[rows].contiguous(memory_format=layout), y[rows]
                optimizer.zero_grad(set_to_none=True)
                with cast:
                    outputs = run(prepared(part))
                outputs = outputs.float()
                loss = (functional.binary_cross_entropy_with_logits(outputs, labels)
                        if task == "segment" else functional.cross_entropy(outputs, labels))  # fmt: skip
                if l2:
                    loss = loss + l2 * sum((kernel**2).sum() for kernel in kernels)
                loss.backward()
                optimizer.step()
                total += loss.detach()
                right += (outputs > 0).eq(labels > 0.5).sum() if task == "segment" else (
                    outputs.argmax(1).eq(labels).sum())  # fmt: skip
            float(total), float(right)

    work()
    wait()
    answer({"versions": {"torch": torch.__version__, "device": device}})
    for line in sys.stdin:
        if line.strip() == "end":
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            message = {"peakBytes": peak}
            if device == "cuda":
                message["cardBytes"] = torch.cuda.max_memory_allocated()
            answer(message)
            return
        cpu, start = time.process_time(), time.perf_counter()
        work()
        wait()
        seconds = time.perf_counter() - start
        answer({"seconds": seconds, "cpuSeconds": time.process_time() - cpu, "images": count})


def answer(message):
    print(json.dumps(message), flush=True)


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
