# How a file under tests/ becomes a test.
#
# Each file is a program of its own: it links in a moment (Catch2's main is compiled once, apart), CTest can run files in
# parallel, and a file that does not compile takes no other with it. A file that needs something special says so in one
# line of its own, words separated by spaces:
#
#   // test: full-only serial links=Eigen3::Eigen
#
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

# tenon_add_test(NAME core/shape SOURCE shape.cpp [ARCH avx2]): one program, one test. With ARCH it is compiled for that
# instruction set, whatever the build's own flags, and skipped on a machine that cannot run it.
function(tenon_add_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;SOURCE;ARCH" "")
  file(STRINGS "${arg_SOURCE}" words REGEX "^// test: " LIMIT_COUNT 1)
  string(REGEX REPLACE "^// test: +" "" words "${words}")
  string(REGEX REPLACE "[ ,]+" ";" words "${words}")
  if(TENON_TEST_SET STREQUAL reduced AND full-only IN_LIST words)
    return()
  elseif(TENON_TEST_SET STREQUAL threads AND NOT threads IN_LIST words)
    return()
  endif()
  set(libraries ${words})
  list(FILTER libraries INCLUDE REGEX "^links=")
  list(TRANSFORM libraries REPLACE "^links=" "")
  if(dispatch IN_LIST words)
    list(APPEND libraries tenon::dispatch)
  endif()
  if("tenon::cuda" IN_LIST libraries AND NOT TENON_WITH_CUDA STREQUAL ON)
    return()                                                 # AUTO offers that library; nvcc needs minutes for it
  endif()
  foreach(library IN LISTS libraries)
    if(NOT TARGET ${library})
      message(STATUS "Tenon: test ${arg_NAME} is left out: there is no ${library}")
      return()
    endif()
  endforeach()
  set(serial)
  if(serial IN_LIST words)
    set(serial SERIAL)
  endif()

  string(REGEX REPLACE "[^A-Za-z0-9_]" "_" target "test_${arg_NAME}")
  add_executable(${target} "${arg_SOURCE}")
  target_link_libraries(${target} PRIVATE tenon_test_main tenon::tenon ${libraries})
  target_compile_options(${target} PRIVATE ${TENON_TEST_OPTIONS})
  if(unoptimised IN_LIST words)
    target_compile_options(${target} PRIVATE -O0)
  endif()
  if(scopes IN_LIST words AND CMAKE_CXX_FLAGS MATCHES "-fsanitize=address")
    target_compile_options(${target} PRIVATE -fsanitize-address-use-after-scope)
  endif()
  if(arg_NAME MATCHES "^(core|cuda|io|kernels)/")
    target_compile_options(${target} PRIVATE ${TENON_TEST_ALIGNMENT})
  endif()
  set(command "$<TARGET_FILE:${target}>")
  if(TENON_TEST_SET STREQUAL threads)
    list(APPEND command "[threads]")
  endif()
  if(arg_ARCH)
    target_compile_options(${target} PRIVATE ${TENON_FLAGS_${arg_ARCH}})
    set(command tenon_on_cpu ${arg_ARCH} ${command})
  endif()
  tenon_register_test(NAME ${arg_NAME} COMMAND ${command} ${serial})
  # On tensors of the device (test_device in tests/support/cases.hpp): on the CUDA of the CPU with a block's threads in random order, and beside
  # a GPU on the CPU as well.
  if(device IN_LIST words AND NOT arg_ARCH AND TARGET tenon_cuda_readable)
    target_link_libraries(${target} PRIVATE tenon_cuda_readable)
    add_dependencies(tenon_gpu_tests ${target})
    tenon_register_test(NAME gpu/${arg_NAME} COMMAND ${command} [device] ENVIRONMENT TENON_TEST_DEVICE=cuda CUDA_LAUNCH_BLOCKING=1)
    tenon_register_test(NAME gpu/${arg_NAME}@cpu COMMAND ${command} [device])
    set_tests_properties(gpu/${arg_NAME} gpu/${arg_NAME}@cpu PROPERTIES TIMEOUT 60)          # one that hangs leaves time for the others
  elseif(device IN_LIST words AND NOT arg_ARCH AND TARGET tenon_cuda_on_host)
    target_link_libraries(${target} PRIVATE tenon_cuda_on_host)
    tenon_register_test(NAME cuda/${arg_NAME} COMMAND ${command} [device] ENVIRONMENT TENON_TEST_DEVICE=cuda HOST_CUDA_ORDER=random)
    if(orders IN_LIST words OR NOT TENON_TEST_SET STREQUAL reduced)
      tenon_register_test(NAME cuda/${arg_NAME}@forward COMMAND ${command} [device] ENVIRONMENT TENON_TEST_DEVICE=cuda)
    endif()
  endif()
  if(bfloat16 IN_LIST words AND NOT arg_ARCH AND TENON_OWN_ARCH STREQUAL avx512)
    foreach(unit float dots)
      tenon_register_test(NAME ${arg_NAME}@${unit} COMMAND ${command} ENVIRONMENT TENON_BFLOAT16=${unit})
    endforeach()
  endif()
  if(dispatch IN_LIST words)
    foreach(arch IN LISTS TENON_ARCHS)
      tenon_register_test(NAME ${arg_NAME}@${arch} COMMAND tenon_on_cpu ${arch} ${command} ${serial}
        ENVIRONMENT TENON_ARCH=${arch})
    endforeach()
  endif()
endfunction()

# tenon_add_arch_test(kernels/softmax softmax.cpp ...): the same test for this build's own flags and for each of
# TENON_TEST_ARCHS, as kernels/softmax@avx2 and so on.
function(tenon_add_arch_test name)
  tenon_add_test(NAME ${name} SOURCE ${ARGN})
  if(CMAKE_BUILD_TYPE STREQUAL Release)
    string(REGEX REPLACE "[^A-Za-z0-9_]" "_" target "test_${name}")
    target_compile_options(${target} PRIVATE -O2)            # as programs compile their kernels
  endif()
  foreach(arch IN LISTS TENON_TEST_ARCHS)
    if(NOT arch STREQUAL TENON_OWN_ARCH)
      tenon_add_test(NAME ${name}@${arch} SOURCE ${ARGN} ARCH ${arch})
    endif()
  endforeach()
endfunction()
