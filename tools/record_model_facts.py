"""Records names, shapes and small forward passes of public model definitions, as facts for tests/Retort.Tests/Models.

    /usr/bin/python3 tools/record_model_facts.py --torchvision DIR --timm DIR --mdistiller DIR

Each DIR holds the package folder of that name: torchvision 0.14 (Debian's python3-torchvision), timm 0.9.16 and mdistiller
(github.com/megvii-research/mdistiller), whose names for CIFAR networks most distillation work shares. Only facts are written:
names, shapes and numbers. Case names are matched by ModelFactsTests.cs.
"""

import argparse
import importlib.abc
import importlib.machinery
import os
import sys
from unittest import mock

import torch
from torch import nn

from facts_common import fill, measure, source, write, write_cases

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "tests", "Retort.Tests", "Models", "Fixtures")
ABSENT = ("PIL", "huggingface_hub", "safetensors", "yaml", "requests")


class Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands in for packages that the model files import and never use here."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ABSENT:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return mock.MagicMock(name=spec.name, __path__=[], __name__=spec.name, __spec__=spec, __version__="9.9.9")

    def exec_module(self, module):
        pass


def layout(module):
    """One line a module: its path, then tensor=shape for each of its own state entries, in state-dict order."""
    rows = {}
    for name, tensor in module.state_dict().items():
        path, _, leaf = name.rpartition(".")
        rows.setdefault(path or "-", []).append(leaf + "=" + "x".join(map(str, tensor.shape)))
    return "".join(f"{path} {' '.join(entries)}\n" for path, entries in rows.items())


class First(nn.Module):
    """mdistiller's networks return (logits, features)."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x)[0]


def plain_vgg(vgg, config, hidden, classes):
    """torchvision's VGG with a head small enough to run: its constructor always makes one of 120 million weights."""
    model = vgg.VGG.__new__(vgg.VGG)
    nn.Module.__init__(model)
    model.features = vgg.make_layers(config, batch_norm=True)
    model.avgpool = nn.AdaptiveAvgPool2d((7, 7))
    widths = (config[-2] * 49, hidden, hidden, classes)
    model.classifier = nn.Sequential(
        nn.Linear(*widths[:2]), nn.ReLU(True), nn.Dropout(0), nn.Linear(*widths[1:3]), nn.ReLU(True), nn.Dropout(0),
        nn.Linear(*widths[2:]))
    return model


def record_torchvision():
    from torchvision.models import mobilenetv2, resnet, shufflenetv2, vgg

    names = ("resnet18", "resnet34", "resnet50")
    layouts = {name: getattr(resnet, name)() for name in names}
    layouts.update({name: getattr(vgg, name)(init_weights=False) for name in ("vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn")})
    layouts["mobilenet_v2"] = mobilenetv2.mobilenet_v2()
    layouts["shufflenet_v2_x0_5"] = shufflenetv2.shufflenet_v2_x0_5()
    layouts["shufflenet_v2_x1_0"] = shufflenetv2.shufflenet_v2_x1_0()
    cases = {
        "resnet-basic": (resnet.ResNet(resnet.BasicBlock, [1, 1, 1, 1], num_classes=5), 64),
        "resnet-bottleneck": (resnet.ResNet(resnet.Bottleneck, [1, 1, 1, 1], num_classes=5), 64),
        "vgg-torchvision": (plain_vgg(vgg, [8, "M", 16, "M", 24, 24, "M"], 20, 5), 64),
        "mobilenet-v2": (mobilenetv2.MobileNetV2(num_classes=5, width_mult=0.25, dropout=0), 64),
        "shufflenet-v2": (shufflenetv2.ShuffleNetV2([2, 3, 2], [8, 16, 32, 64, 48], num_classes=5), 64),
    }
    return layouts, cases


def record_timm():
    from timm.models import convnext, mlp_mixer, vision_transformer as vit

    layouts = {
        "vit_tiny_patch16_224": vit.vit_tiny_patch16_224(),
        "vit_small_patch16_224": vit.vit_small_patch16_224(),
        "mixer_s32_224": mlp_mixer.mixer_s32_224(),
        "mixer_b16_224": mlp_mixer.mixer_b16_224(),
        "convnext_atto": convnext.convnext_atto(),
        "convnext_tiny": convnext.convnext_tiny(),
    }
    small = {"img_size": 16, "patch_size": 4, "num_classes": 5}
    tiny_vit = {**small, "embed_dim": 24, "depth": 2, "num_heads": 3}
    tiny_convnext = {"num_classes": 5, "depths": (1, 1, 2, 1), "dims": (8, 16, 24, 32)}
    cases = {
        "vit-token": (vit.VisionTransformer(**tiny_vit), 16),
        "vit-avg": (vit.VisionTransformer(**tiny_vit, global_pool="avg", class_token=False), 16),
        "mlp-mixer": (mlp_mixer.MlpMixer(**small, num_blocks=2, embed_dim=16), 16),
        "convnext-linear": (convnext.ConvNeXt(**tiny_convnext), 32),
        "convnext-conv": (convnext.ConvNeXt(**tiny_convnext, conv_mlp=True), 32),
    }
    return layouts, cases


def record_mdistiller():
    from mdistiller.models.cifar import resnet, vgg, wrn

    layouts = {f"cifar-resnet{d}": getattr(resnet, f"resnet{d}")(num_classes=100) for d in (8, 20, 56, "8x4", "32x4")}
    layouts.update({f"wrn-{d}-{k}": wrn.wrn(depth=d, widen_factor=k, num_classes=100) for d, k in ((16, 2), (40, 1), (40, 2))})
    layouts.update({f"cifar-vgg{d}": getattr(vgg, f"vgg{d}_bn")(num_classes=100) for d in (8, 13, 19)})
    cases = {
        "cifar-resnet8": (resnet.resnet8(num_classes=5), 32),
        "wrn-10-2": (wrn.wrn(depth=10, widen_factor=2, num_classes=5), 32),
        "cifar-vgg8": (vgg.vgg8_bn(num_classes=5), 32),
    }
    return layouts, {name: (First(model), size) for name, (model, size) in cases.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for package in ("torchvision", "timm", "mdistiller"):
        parser.add_argument("--" + package, required=True, help=f"folder that holds the package {package}")
    arguments = parser.parse_args()
    sys.path[:0] = [arguments.torchvision, arguments.timm, arguments.mdistiller]
    sys.meta_path.append(Absent())
    torch.set_num_threads(1)

    facts = {}
    for record in (record_torchvision, record_timm, record_mdistiller):
        layouts, cases = record()
        for name, model in layouts.items():
            write(os.path.join(FIXTURES, name + ".txt"), layout(model))
        for name, (model, size) in cases.items():
            inner = getattr(model, "inner", model)
            fill(inner.double())
            for mode in ("eval", "train"):
                model.train(mode == "train")
                fact = measure(inner, model, [source(2, 3, size, size)], each_gradient=False)
                if name.startswith("wrn"):
                    # Its forward calls some norms once more for the features it returns, which moves their statistics twice.
                    fact.pop("bufferSum")
                facts[f"{name}/{mode}"] = fact
    write_cases(os.path.join(FIXTURES, "forward.json"), facts)


if __name__ == "__main__":
    main()
