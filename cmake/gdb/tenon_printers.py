"""Tenon's types as gdb prints them.

    (gdb) source cmake/gdb/tenon_printers.py
    (gdb) print x
    $1 = tensor([[1, 2, 3], [4, 5, 6]], dtype=float32, shape=[2, 3])

Memory is read where it lies; nothing is called in the program, so core files work too. Of a dimension of more than six only
the first and the last three are shown.
"""
import re
import struct

import gdb

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64",
          "complex128"]
FORMATS = ["?", "B", "b", "h", "i", "q", "e", "H", "f", "d", "2f", "2d"]
EDGE = 3


def bfloat16(bits):
    return struct.unpack("<f", struct.pack("<I", bits << 16))[0]


def element(memory, dtype):
    values = struct.unpack("<" + FORMATS[dtype], memory)
    if DTYPES[dtype] == "bfloat16":
        return "%.6g" % bfloat16(values[0])
    if DTYPES[dtype] == "bool":
        return "true" if values[0] else "false"
    if len(values) == 2:
        return "%.6g%+.6gj" % values
    return "%.6g" % values[0] if isinstance(values[0], float) else str(values[0])


def extents_of(shape):
    return [int(shape["extent_"][d]) for d in range(int(shape["rank_"]))]


def elements(address, extents, strides, dtype, size):
    """The elements from `address` on, as nested brackets."""
    if not extents:
        memory = gdb.selected_inferior().read_memory(address, size)
        return element(bytes(memory), dtype)
    n = extents[0]
    shown = list(range(n)) if n <= 2 * EDGE else list(range(EDGE)) + [None] + list(range(n - EDGE, n))
    parts = ["..." if i is None else elements(address + i * strides[0] * size, extents[1:], strides[1:], dtype, size)
             for i in shown]
    return "[" + ", ".join(parts) + "]"


class ShapePrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return str(extents_of(self.value))


class TensorPrinter:
    """any_tensor; tensor<T> holds one."""

    def __init__(self, value):
        self.value = value["any_"] if "any_" in [f.name for f in value.type.fields()] else value

    def to_string(self):
        x = self.value
        if int(x["storage_"]["p_"]) == 0:
            return "tensor(undefined)"
        extents, dtype = extents_of(x["shape_"]), int(x["dtype_"])
        suffix = "dtype=%s, shape=%s)" % (DTYPES[dtype], extents)
        if int(x["placement_"]["kind"]) != 0:
            return "tensor(..., device=%s:%d, %s" % (x["placement_"]["kind"], int(x["placement_"]["ordinal"]), suffix)
        strides = [int(x["strides_"]["stride"][d]) for d in range(len(extents))]
        try:
            text = elements(int(x["data_"]), extents, strides, dtype, struct.calcsize("<" + FORMATS[dtype]))
        except gdb.MemoryError:
            text = "<memory that cannot be read>"
        return "tensor(%s, %s" % (text, suffix)


class ErrorPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        details = self.value["details_"]
        code = str(self.value["code_"]).split("::")[-1]
        if int(details) == 0:
            return "error(%s)" % code
        text = (details + 1).cast(gdb.lookup_type("char").pointer()).string(length=int(details["length"]))
        return "error(%s, \"%s\")" % (code, text)


class ResultPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        if not self.value["good_"]:
            return self.value["error_"]
        if str(self.value.type.template_argument(0)) == "void":
            return "result(done)"
        return self.value["value_"]


class HalfPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return "%.6g" % struct.unpack("<e", struct.pack("<H", int(self.value["bits"])))[0]


class Bfloat16Printer:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return "%.6g" % bfloat16(int(self.value["bits"]))


PRINTERS = [(re.compile(r"^tenon::(v\d+::)?%s$" % name), printer) for name, printer in [
    ("shape", ShapePrinter), ("any_tensor", TensorPrinter), ("tensor<.*>", TensorPrinter), ("result<.*>", ResultPrinter),
    ("error", ErrorPrinter), ("half", HalfPrinter), ("bfloat16", Bfloat16Printer)]]


def find_printer(value):
    name = value.type.strip_typedefs().unqualified().tag
    for pattern, printer in PRINTERS:
        if name and pattern.match(name):
            return printer(value)
    return None


gdb.pretty_printers.append(find_printer)
