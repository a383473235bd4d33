#!/usr/bin/env python3
"""Installs the libraries that the benchmarks are measured against, into a folder of their own.

    python3 bench/peers.py [FOLDER]                 default build/peers; about 650 MB to fetch, 1.3 GB on disk
    cmake -C FOLDER/peers.cmake -B build ...        tells the build where they are
    FOLDER/bin/python examples/sentence_embedding/reference.py

FOLDER becomes a Python environment with PyTorch (whose libtorch carries oneDNN and MKL), ONNX Runtime, NumPy, and what
the examples' reference scripts import. Nothing outside FOLDER is changed; calling this again only checks.

Linux on x86-64: the index offers PyTorch there with CUDA only, and the CUDA libraries that it asks for are gigabytes
which a CPU comparison never enters. So PyTorch is installed without them, and three small libraries that this script
assembles define the few symbols PyTorch's Python binding wants of libtorch_cuda, cuDNN and cuFile. PyTorch's Python
files are changed in four places: no distributed module, no CUDA version, no CUDA-only operator override, and the next
paragraph. Its CPU kernels are as released. Elsewhere (a Mac, ARM) the index has CPU builds and nothing of this is done.

A fair race: several peers do not recognise a new or non-Intel processor and run code for an older one.
    PyTorch, MKL    on AMD processors MKL takes generic code: SGEMM 1024 ran at 100 instead of 230 GFLOP/s on a Zen 5
                    core. MKL asks its function mkl_serv_intel_cpu_true; libpeers_mkl.so answers 1. PyTorch here loads
                    it first; a C++ program gets the same by linking it before libtorch_cpu (peers.cmake lists it so).
    OpenBLAS        goes by the processor's name (0.3.21 as found: Prescott on Emerald Rapids, Haswell on Zen 5); the
                    variable OPENBLAS_CORETYPE overrules it, and bench/run.sh tries which is the fastest.
    oneDNN, ATen, ONNX Runtime recognise AVX-512 by the processor's feature bits.
"""
import pathlib
import platform
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
TORCH = "2.15.0"
PYTHON_PACKAGES = ["numpy", "onnxruntime", "onnx", "tokenizers", "transformers"]
TORCH_NEEDS = ["filelock", "typing-extensions", "sympy", "networkx", "jinja2", "fsspec"]
TORCH_CUDA_SMALL = ["nvidia-cuda-runtime==13.2.*", "nvidia-cuda-cupti==13.2.*"]  # linked by libtorch_cpu itself


def run(*command):
    subprocess.run([str(part) for part in command], check=True)


def symbols(library, which):
    """Names, with @version where there is one, of a library's dynamic symbols."""
    text = subprocess.run(["nm", "-D", which, library], check=True, capture_output=True, text=True).stdout
    return [line.split()[-1] for line in text.splitlines() if line.strip()]


def assemble(target, names):
    """A shared library that defines names. A function returns the address of zeroed memory, which the few that are
    called while PyTorch is imported are content with; a type's description says that it is a class without bases."""
    code, data = [".text"], [".data"]
    for name in (full.split("@")[0] for full in names):
        if name.startswith("_ZTI"):
            data += [".balign 16", f".globl {name}",
                     f'{name}: .quad _ZTVN10__cxxabiv117__class_type_infoE+16, 1f', f'1: .asciz "{name[4:]}"']
        elif name.startswith("_ZTV"):
            data += [".balign 16", f".globl {name}", f"{name}: .zero 2048"]
        else:
            code += [f".globl {name}", f"{name}: leaq zeroes(%rip), %rax", "ret"]
    data += [".balign 4096", "zeroes: .zero 4096"]
    source, versions = target.with_suffix(".s"), target.with_suffix(".map")
    source.write_text("\n".join([*code, *data, '.section .note.GNU-stack,"",@progbits', ""]))
    command = ["c++", "-shared", "-o", target, source, f"-Wl,-soname,{target.name}"]
    versioned = [full.split("@") for full in names if "@" in full]
    if versioned:
        listed = "; ".join(name for name, _ in versioned)
        versions.write_text(f"{versioned[0][1]} {{ global: {listed}; }};\n")
        command.append(f"-Wl,--version-script,{versions}")
    run(*command)
    source.unlink()
    versions.unlink(missing_ok=True)


def replace_cuda(lib):
    binding = symbols(lib / "libtorch_python.so", "--undefined-only")
    cuda = {full.split("@")[0] for name in ("libtorch_cuda.so", "libtorch_nvshmem.so")
            for full in symbols(lib / name, "--defined-only")}
    for name in ("libtorch_cuda.so", "libtorch_nvshmem.so", "libtorch_cuda_linalg.so"):
        (lib / name).unlink()
    assemble(lib / "libtorch_cuda.so", [full for full in binding if full.split("@")[0] in cuda])
    assemble(lib / "libcudnn.so.9", [full for full in binding if "@libcudnn" in full])
    assemble(lib / "libcufile.so.0", [full for full in binding if full.startswith("cuFile")])


def edit(path, old, new):
    text = path.read_text()
    if text.count(old) != 1:
        raise SystemExit(f"{path}: expected exactly one {old!r}; is this PyTorch {TORCH}?")
    path.write_text(text.replace(old, new))


def without_cuda(package):
    load = "        _load_global_deps()\n    from torch._C import *  # noqa: F403\n"
    edit(package / "__init__.py", load,
         '        ctypes.CDLL(os.path.join(os.path.dirname(__file__), "lib/libpeers_mkl.so"), ctypes.RTLD_GLOBAL)\n' + load +
         '    for _name in ("_c10d_init", "_rpc_init", "_dist_autograd_init"):\n'
         '        vars(sys.modules["torch._C"]).pop(_name, None)\n')
    edit(package / "version.py", "cuda: Optional[str] = '13.2'", "cuda: Optional[str] = None")
    edit(package / "_native" / "ops" / "__init__.py", "    polar,\n", "")


def build_mkl_answer(lib):
    source = lib / "peers_mkl.c"
    source.write_text("int mkl_serv_intel_cpu_true(void) { return 1; }\nint mkl_serv_intel_cpu(void) { return 1; }\n")
    run("cc", "-shared", "-fPIC", "-o", lib / "libpeers_mkl.so", source)
    source.unlink()


def install(folder):
    """The environment; returns PyTorch's package folder."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    site = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('platlib'))"], check=True,
                          capture_output=True, text=True).stdout.strip()
    package = pathlib.Path(site) / "torch"
    done = package / "lib" / "libpeers_mkl.so"  # the last file to be made
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        run(*pip, f"torch=={TORCH}", *PYTHON_PACKAGES)
    elif not done.exists():
        print(f"fetching PyTorch {TORCH} without its CUDA dependencies", flush=True)
        run(*pip, *TORCH_NEEDS, *PYTHON_PACKAGES)
        run(*pip, "--no-deps", "--force-reinstall", f"torch=={TORCH}", *TORCH_CUDA_SMALL)
        replace_cuda(package / "lib")
        without_cuda(package)
        build_mkl_answer(package / "lib")
    return package


def write_cmake(folder, package):
    lib, site = package / "lib", package.parent
    answer = [lib / "libpeers_mkl.so"] if (lib / "libpeers_mkl.so").exists() else []
    values = {
        "TENON_PEER_PYTHON": [folder / "bin" / "python"],
        "TENON_PEER_TORCH_INCLUDE_DIRS": [package / "include", package / "include/torch/csrc/api/include"],
        # In this order and with -Wl,--no-as-needed: the first answers MKL's question before MKL itself can.
        "TENON_PEER_TORCH_LIBRARIES": [*answer, lib / "libtorch_cpu.so", lib / "libc10.so"],
        "TENON_PEER_TORCH_RPATH": [lib, site / "nvidia/cu13/lib"],
    }
    lines = [f'set({name} "{";".join(map(str, value))}" CACHE STRING "set by bench/peers.py")'
             for name, value in values.items()]
    (folder / "peers.cmake").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "peers").resolve()
    write_cmake(folder, install(folder))
    run(folder / "bin" / "python", "-c",
        "import torch, onnxruntime, numpy; print('# torch', torch.__version__, torch.backends.cpu.get_cpu_capability(),"
        " 'onnxruntime', onnxruntime.__version__, 'numpy', numpy.__version__)")


if __name__ == "__main__":
    main()
