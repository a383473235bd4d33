#!/bin/sh
# check.sh HOW TENON_SOURCE OBJECTS WORK_FOLDER COMPILER NVCC          HOW: subdirectory, or package (built, installed and moved)
#
# Builds the project beside this file, which enables no language but C++, and runs its program. The objects that nvcc has made already (in the folder
# OBJECTS) are taken as they are: compiling them again takes minutes and shows nothing new.
set -eu
how=$1 tenon=$2 objects=$3 work=$4 compiler=$5 nvcc=$6
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$work"
mkdir -p "$work/toolkit/bin"
toolkit=$(dirname "$(dirname "$(readlink -f "$nvcc")")")
for part in "$toolkit"/*; do
  [ "$(basename "$part")" = bin ] || ln -s "$part" "$work/toolkit/"
done
cat >"$work/toolkit/bin/nvcc" <<END
#!/bin/sh
for argument; do
  case \$last in
    -o) object=\$argument ;;
    -MF) : >"\$argument" ;;
  esac
  last=\$argument
done
cp "$objects/\$(basename "\$object")" "\$object"
END
chmod +x "$work/toolkit/bin/nvcc"

configure() { # BUILD_FOLDER SOURCE FLAGS...
  folder=$1 source=$2
  shift 2
  cmake -G Ninja -S "$source" -B "$folder" -DCMAKE_CXX_COMPILER="$compiler" "$@"
}
case $how in
  subdirectory)
    configure "$work/build" "$here" -DTENON="$tenon" -DTENON_NVCC="$work/toolkit/bin/nvcc" ;;
  package)
    configure "$work/tenon" "$tenon" -DTENON_WITH_CUDA=ON -DTENON_NVCC="$work/toolkit/bin/nvcc" -DTENON_BUILD_TESTS=OFF -DTENON_BUILD_EXAMPLES=OFF \
      -DTENON_BUILD_BENCH=OFF
    cmake --build "$work/tenon" -j2 --target tenon_cuda
    : >"$work/tenon/src/dispatch/libtenon_dispatch.a"        # tests/consumer/ has a whole one; it takes minutes, and this program does not link it
    cmake --install "$work/tenon" --prefix "$work/installed" >/dev/null
    mv "$work/installed" "$work/moved"                       # a package may lie anywhere, and knows no other place
    if grep -rlE "$work|$tenon" "$work/moved/lib"*/cmake; then echo "the package knows where it was built"; exit 1; fi
    configure "$work/build" "$here" -DCMAKE_PREFIX_PATH="$work/moved" -DCUDAToolkit_ROOT="$toolkit" ;;
esac
cmake --build "$work/build" -j2
"$work/build/app"
if grep -E '^CMAKE_CUDA' "$work/build/CMakeCache.txt"; then echo "the project knows the language CUDA now"; exit 1; fi
