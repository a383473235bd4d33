# How a file under tests/ becomes a test.
#
# CTest runs each file by itself (`ctest -R ops/softmax`), in a process of its own. But files of a folder that are compiled alike are one
# program, and TENON_TEST_BATCH of them one translation unit: seven tenths of the machine code of tests/ is kernels that several files
# instantiate, and a batch of six compiles in half the time of six files (and takes up to 1.8 GB of memory). So what a file defines is in
# a namespace of its own, no macro of its own outlives it, and no other file of the folder has a test case of the same name:
#
#   namespace tenon_test::softmax_test { ... }                 // tests/ops/softmax.cpp
#
# A file that needs something special says so in one line of its own, words separated by spaces:
#
#   // test: full-only serial links=Eigen3::Eigen
#
#   alone         a program of its own: it defines macros that headers read, or looks at names outside of namespaces
#   full-only     not in the reduced set (sanitizers, no exceptions)
#   threads       also in the ThreadSanitizer build, which has only these, and of these runs the cases tagged [threads]
#   scopes        under AddressSanitizer also looks for variables that are used after their scope, which takes three times as
#                 long to compile: for what may hold references to temporaries
#   unoptimised   compiled with -O0: for what asks for many kernels, and of each for little
#   serial        runs alone, because it measures time or memory
#   dispatch      links tenon::dispatch and runs once with its own choice, then with each instruction set forced on it
#   device        of tests/ops/: its cases tagged [device] run again with their tensors on a GPU, which is the CPU (tests/cuda/), where
#                 the build has that, or with TENON_TEST_ON_GPU a real one
#   orders      of those, on the CUDA of the CPU: with a block's threads in order, too, also in the reduced set: there copies are done as
#                 soon as they are begun (tests/cuda/host/warp_matrix.hpp), which random order does not show
#   bfloat16    in a build that has more than one: runs once more with each of what bfloat16 numbers are multiplied with (TENON_BFLOAT16)
#   links=TARGET  links a further library; without that library the file is left out
#
# After a change of that line run cmake again; a new file needs nothing.
include(TenonDispatch)                                       # TENON_FLAGS_<arch>

set(TENON_TEST_SET full CACHE STRING "Which tests to build: full, folders (of full those in TENON_TEST_FOLDERS), reduced, threads, or cuda (the library of the CUDA kernels)")
set_property(CACHE TENON_TEST_SET PROPERTY STRINGS full folders reduced threads cuda)
set(TENON_TEST_BATCH 6 CACHE STRING "How many files of tests are compiled as one; 1 for work on a single file")
set(TENON_TEST_FOLDERS "core;kernels;ops;io;linalg;cuda" CACHE STRING "The folders whose files are tests")
# Not sse2: the sanitizer build is for baseline x86-64 and runs all tests of kernels.
set(TENON_TEST_ARCHS "sse4_2;avx2;avx512" CACHE STRING "Instruction sets to test kernels for, besides this build's own")

# The TENON_ARCH that this build's own flags give.
function(tenon_own_arch out)
  set(probe "${CMAKE_CURRENT_BINARY_DIR}/own_arch.cpp")
  file(WRITE "${probe}" "#include <tenon/core/build.hpp>\nTENON_ARCH\n")
  separate_arguments(flags UNIX_COMMAND "${CMAKE_CXX_FLAGS}")
  execute_process(COMMAND "${CMAKE_CXX_COMPILER}" ${flags} -std=c++20 "-I${PROJECT_SOURCE_DIR}/include" -E -P "${probe}"
    OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "[a-z0-9_]+[ \n]*$" last "${text}")
  string(STRIP "${last}" last)
  set(${out} ${last} PARENT_SCOPE)
endfunction()

# tenon_register_test(NAME core/shape COMMAND ... [SERIAL] [ENVIRONMENT ...]): the settings that all our CTest tests share.
function(tenon_register_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "SERIAL" "NAME" "COMMAND;ENVIRONMENT")
  get_filename_component(label ${arg_NAME} DIRECTORY)
  add_test(NAME ${arg_NAME} COMMAND ${TENON_TEST_LAUNCHER} ${arg_COMMAND} COMMAND_EXPAND_LISTS)
  set_tests_properties(${arg_NAME} PROPERTIES
    LABELS ${label}
    TIMEOUT 600
    SKIP_RETURN_CODE 77
    RUN_SERIAL ${arg_SERIAL}
    ENVIRONMENT "${TENON_TEST_ENVIRONMENT};${arg_ENVIRONMENT}")
endfunction()

# The words of the line `// test:` of a file.
function(tenon_test_words file out)
  file(STRINGS "${file}" words REGEX "^// test: " LIMIT_COUNT 1)
  string(REGEX REPLACE "^// test: +" "" words "${words}")
  string(REGEX REPLACE "[ ,]+" ";" words "${words}")
  set(${out} "${words}" PARENT_SCOPE)
endfunction()

# Whether this build has a test of these words.
function(tenon_test_is_built name words out)
  set(${out} FALSE PARENT_SCOPE)
  if(TENON_TEST_SET STREQUAL reduced AND full-only IN_LIST words)
    return()
  elseif(TENON_TEST_SET STREQUAL threads AND NOT threads IN_LIST words)
    return()
  elseif(links=tenon::cuda IN_LIST words AND NOT TENON_WITH_CUDA STREQUAL ON)
    return()                                                 # AUTO offers that library; nvcc needs minutes for it
  endif()
  foreach(word IN LISTS words)
    string(REGEX REPLACE "^links=" "" library ${word})
    if(NOT word STREQUAL library AND NOT TARGET ${library})
      message(STATUS "Tenon: test ${name} is left out: there is no ${library}")
      return()
    endif()
  endforeach()
  set(${out} TRUE PARENT_SCOPE)
endfunction()

# The program of a folder's tests of these words.
function(tenon_add_test_program target folder words arch)
  add_executable(${target})
  target_link_libraries(${target} PRIVATE tenon_test_main tenon::tenon)
  target_compile_options(${target} PRIVATE ${TENON_TEST_OPTIONS})
  if(TENON_TEST_BATCH GREATER 1 AND NOT alone IN_LIST words)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${TENON_TEST_BATCH})
  endif()
  if(folder STREQUAL kernels AND CMAKE_BUILD_TYPE STREQUAL Release AND NOT arch)
    target_compile_options(${target} PRIVATE -O2)            # as programs compile their kernels
  endif()
  if(unoptimised IN_LIST words)
    target_compile_options(${target} PRIVATE -O0)
  endif()
  if(scopes IN_LIST words AND CMAKE_CXX_FLAGS MATCHES "-fsanitize=address")
    target_compile_options(${target} PRIVATE -fsanitize-address-use-after-scope)
  endif()
  if(folder MATCHES "^(core|cuda|io|kernels)$")
    target_compile_options(${target} PRIVATE ${TENON_TEST_ALIGNMENT})
  endif()
  if(arch)
    target_compile_options(${target} PRIVATE ${TENON_FLAGS_${arch}})
  endif()
  foreach(word IN LISTS words)
    if(word MATCHES "^links=(.*)$")
      target_link_libraries(${target} PRIVATE ${CMAKE_MATCH_1})
    endif()
  endforeach()
  if(dispatch IN_LIST words)
    target_link_libraries(${target} PRIVATE tenon::dispatch)
  endif()
  # Tensors of the device (test_device in tests/support/cases.hpp)
  if(device IN_LIST words AND NOT arch AND TARGET tenon_cuda_readable)
    target_link_libraries(${target} PRIVATE tenon_cuda_readable)
    add_dependencies(tenon_gpu_tests ${target})
  elseif(device IN_LIST words AND NOT arch AND TARGET tenon_cuda_on_host)
    target_link_libraries(${target} PRIVATE tenon_cuda_on_host)
  endif()
endfunction()

# The tests that run one file of a program.
function(tenon_register_tests name target words arch)
  get_filename_component(stem ${name} NAME)
  set(command "$<TARGET_FILE:${target}>" -\#)                # --filenames-as-tags
  set(file "[#${stem}]~[.]")                                 # a filter shows what is hidden, too
  set(serial)
  if(serial IN_LIST words)
    set(serial SERIAL)
  endif()
  if(arch)
    tenon_register_test(NAME ${name}@${arch} COMMAND tenon_on_cpu ${arch} ${command} "${file}" ${serial})
    return()
  elseif(TENON_TEST_SET STREQUAL threads)
    tenon_register_test(NAME ${name} COMMAND ${command} "${file}[threads]" ${serial})
    return()
  endif()
  tenon_register_test(NAME ${name} COMMAND ${command} "${file}" ${serial})
  # On the CUDA of the CPU with a block's threads in random order, and beside a GPU on the CPU as well.
  if(device IN_LIST words AND TARGET tenon_cuda_readable)
    tenon_register_test(NAME gpu/${name} COMMAND ${command} "${file}[device]" ENVIRONMENT TENON_TEST_DEVICE=cuda CUDA_LAUNCH_BLOCKING=1)
    tenon_register_test(NAME gpu/${name}@cpu COMMAND ${command} "${file}[device]")
    set_tests_properties(gpu/${name} gpu/${name}@cpu PROPERTIES TIMEOUT 60)          # one that hangs leaves time for the others
  elseif(device IN_LIST words AND TARGET tenon_cuda_on_host)
    tenon_register_test(NAME cuda/${name} COMMAND ${command} "${file}[device]" ENVIRONMENT TENON_TEST_DEVICE=cuda HOST_CUDA_ORDER=random)
    if(orders IN_LIST words OR NOT TENON_TEST_SET STREQUAL reduced)
      tenon_register_test(NAME cuda/${name}@forward COMMAND ${command} "${file}[device]" ENVIRONMENT TENON_TEST_DEVICE=cuda)
    endif()
  endif()
  if(bfloat16 IN_LIST words AND TENON_OWN_ARCH STREQUAL avx512)
    foreach(unit float dots)
      tenon_register_test(NAME ${name}@${unit} COMMAND ${command} "${file}" ENVIRONMENT TENON_BFLOAT16=${unit})
    endforeach()
  endif()
  if(dispatch IN_LIST words)
    foreach(arch IN LISTS TENON_ARCHS)
      tenon_register_test(NAME ${name}@${arch} COMMAND tenon_on_cpu ${arch} ${command} "${file}" ${serial}
        ENVIRONMENT TENON_ARCH=${arch})
    endforeach()
  endif()
endfunction()

# tenon_add_tests(FOLDER kernels FILES copy.cpp ... [ARCH avx2]): with ARCH compiled for that instruction set, whatever the build's own
# flags, and skipped on a machine that cannot run it.
function(tenon_add_tests)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "FOLDER;ARCH" "FILES")
  foreach(file IN LISTS arg_FILES)
    get_filename_component(stem "${file}" NAME_WE)
    tenon_test_words("${file}" words)
    tenon_test_is_built(${arg_FOLDER}/${stem} "${words}" built)
    if(NOT built)
      continue()
    endif()
    set(kind ${words})
    list(FILTER kind INCLUDE REGEX "^(device|dispatch|scopes|unoptimised|links=.*)$")
    if(alone IN_LIST words)
      set(kind ${stem})
    endif()
    list(JOIN kind _ target)
    string(REGEX REPLACE "[^A-Za-z0-9]+" "_" target "test_${arg_FOLDER}_${target}_${arg_ARCH}")
    string(REGEX REPLACE "_+$" "" target "${target}")
    if(NOT TARGET ${target})
      tenon_add_test_program(${target} ${arg_FOLDER} "${words}" "${arg_ARCH}")
    endif()
    target_sources(${target} PRIVATE "${file}")
    tenon_register_tests(${arg_FOLDER}/${stem} ${target} "${words}" "${arg_ARCH}")
  endforeach()
endfunction()
