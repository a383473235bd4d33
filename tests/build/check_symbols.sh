#!/bin/sh
# check_symbols.sh ARCH OBJECT...     objects compiled for one instruction set
# check_symbols.sh program FILE       a linked program of files compiled for unlike instruction sets
# check_symbols.sh baseline OBJECT    compiled for baseline x86-64: holds no instruction that some machines lack
# check_symbols.sh endings OBJECT     compiled with -fno-exceptions -ffunction-sections: nothing but `fail`, behind unwrap and
#                                     a result that is read unasked, can end the process or throw
#
# Of a function that several objects define (a template, an inline function) the linker keeps one body. So in an object
# compiled for ARCH, every symbol that others could use must carry the name ARCH: otherwise its body, full of instructions
# that some machines lack, may be handed to baseline code. And in a program, a function of ours that could have been merged
# like that must be free of AVX and BMI instructions, or carry avx2 or avx512 in its name.
#
# Let pass, each for its reason:
#   DW.ref.__gxx_personality_v0   a pointer, the same in every object
#   std::, __gnu_cxx::            in a program, only counted: files with unlike flags share such functions whatever we do
set -eu
arch=$1
shift
for file in "$@"; do
  [ -f "$file" ] || { echo "$file: no such file"; exit 1; }
done

if [ "$arch" = endings ]; then
  found=$(objdump -r "$1" | awk '
    /^RELOCATION RECORDS/ { section = $4 }
    { sub(/[-+]0x[0-9a-f]+$/, "", $3) }
    $3 ~ /^(abort|_?exit|_Exit|quick_exit|raise|__assert.*|__cxa_(re)?throw|_ZSt9terminatev|_ZSt[0-9]*__throw_.*|_Zn[wa][a-zA-Z0-9_]*)$/ {
      sub(/^\[\.text\.(unlikely\.)?/, "", section); sub(/\]:$/, "", section)
      print section, "reaches", $3
    }' | sort -u | c++filt)
  allowed=$(echo "$found" | grep -c '^tenon::v0::[a-z0-9_]*::fail(tenon::v0::error const&) reaches abort$' || true)
  others=$(echo "$found" | grep -v '^tenon::v0::[a-z0-9_]*::fail(tenon::v0::error const&) reaches abort$' || true)
  if [ "$allowed" != 1 ] || [ -n "$others" ]; then      # without the one there is to find, the check would see nothing
    echo "may end the process or throw, besides fail():"
    echo "$others"
    exit 1
  fi
  echo "of $(nm --defined-only "$1" | grep -c ' [TtWV] ') functions, fail() alone can end the process"
  exit 0
fi

if [ "$arch" != program ] && [ "$arch" != baseline ]; then
  exported=$(nm --defined-only "$@" | awk '$2 ~ /^[WVuTDBRCG]$/' | grep -v ' DW.ref.__gxx_personality_v0$' | c++filt)
  found=$(echo "$exported" | grep -v "[^a-z0-9_]$arch\([^a-z0-9]\|_\)" || true)
  if [ -n "$found" ]; then
    echo "symbols without $arch in their name:"
    echo "$found"
    exit 1
  fi
  echo "$(echo "$exported" | wc -l) symbols, and each carries $arch"
  exit 0
fi

{ nm --defined-only "$1"; objdump -d -C --no-show-raw-insn "$1"; } | awk -v all=$([ "$arch" = baseline ] && echo 1 || echo 0) '
  /^[0-9a-f]+ [a-zA-Z] / { if ($2 ~ /[WVu]/) merged[$1]; next }              # of nm: symbols that objects share
  /^[0-9a-f]+ <.*>:$/ {
    checked = all || $1 in merged
    name = $0; sub(/^[0-9a-f]+ </, "", name); sub(/>:$/, "", name); next
  }
  checked {
    split($0, column, "\t"); split(column[2], word, " "); op = word[1]
    avx = op ~ /^v/ && op !~ /^(verr|verw|vmcall|vmfunc)$/                   # a mnemonic with v is AVX, but for these four
    bmi = op ~ /^(andn|bextr|bls[ir]|blsmsk|bzhi|mulx|pdep|pext|rorx|s[ahr][lr]x)$/
    if (!avx && !bmi) next
    function_of_ours = name; sub(/\(.*/, "", function_of_ours)
    if (name ~ /[^a-z0-9_](avx2|avx512)[^a-z0-9]/) tagged[name]
    else if (!all && (name ~ /^(std|__gnu_cxx)::/ || function_of_ours !~ /tenon::/)) shared[name]
    else bad[name] = op
  }
  END {
    for (f in tagged) t++
    for (f in shared) s++
    for (f in bad) { b++; print "any file may get this body, but some machines lack its instruction " bad[f] ": " f }
    printf "%d functions named after an instruction set; %d of others (the standard library) compiled with more than baseline\n", t, s
    exit b > 0
  }'
