#!/bin/sh
# check.sh TENON_SOURCE OBJECTS WORK_FOLDER COMPILER NVCC
#
# Builds the project beside this file, which enables no language but C++, and runs its program. The objects that nvcc has made already (in the folder
# OBJECTS) are taken as they are: compiling them again takes minutes and shows nothing new.
set -eu
tenon=$1 objects=$2 work=$3 compiler=$4 nvcc=$5
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$work"
mkdir -p "$work/toolkit/bin"
toolkit=$(dirname "$(dirname "$(readlink -f "$nvcc")")")
for part in "$toolkit"/*; do
  [ "$(basename "$part")" = bin ] || ln -s "$part" "$work/toolkit/"
done
cat >"$work/toolkit/bin/nvcc" <<EOF
#!/bin/sh
for argument; do
  case \$last in
    -o) object=\$argument ;;
    -MF) : >"\$argument" ;;
  esac
  last=\$argument
done
cp "$objects/\$(basename "\$object")" "\$object"
EOF
chmod +x "$work/toolkit/bin/nvcc"
cmake -G Ninja -S "$here" -B "$work/build" -DCMAKE_CXX_COMPILER="$compiler" -DTENON="$tenon" -DTENON_NVCC="$work/toolkit/bin/nvcc"
cmake --build "$work/build" -j2
"$work/build/app"
if grep -E '^CMAKE_CUDA' "$work/build/CMakeCache.txt"; then echo "the project knows the language CUDA now"; exit 1; fi
