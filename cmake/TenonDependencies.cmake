# What Tenon, its tests and its benchmarks stand on. Each is looked for in the same order: a target that the parent
# project has already, then an installed package, and only then FetchContent, pinned to a commit.
include(TenonXsimd)

# Downloads a project and returns where its sources lie. SOURCE_SUBDIR names a folder that does not exist, so that nothing
# of it is configured: the caller decides what to take.
function(tenon_fetch name repository commit out)
  message(STATUS "Tenon: ${name} is not installed here; fetching it from ${repository}")
  include(FetchContent)
  FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${commit} SOURCE_SUBDIR nothing-to-configure)
  FetchContent_MakeAvailable(${name})
  FetchContent_GetProperties(${name} SOURCE_DIR source)
  set(${out} "${source}" PARENT_SCOPE)
endfunction()

# xsimd, from 8.1 on: `out` becomes its include folder.
function(tenon_find_xsimd out)
  tenon_locate_xsimd(folder)
  if(NOT folder)
    tenon_fetch(xsimd https://github.com/xtensor-stack/xsimd.git e88a72831858123924f7118f345dfe5d70d95991 source)  # 14.3.0
    set(folder "${source}/include")
  endif()
  set(${out} "${folder}" PARENT_SCOPE)
endfunction()

# oneTBB, from 2021.1 on: the target TBB::tbb.
#
# find_package makes targets that only this folder and those below see, but a parent that links tenon::tenon has to see
# them too. All of the package's targets are made global, not TBB::tbb alone: the package refuses to be found a second
# time, by the parent, while some of its targets exist and others do not.
function(tenon_find_tbb)
  if(TARGET TBB::tbb)
    return()
  endif()
  get_property(before DIRECTORY PROPERTY IMPORTED_TARGETS)
  find_package(TBB 2021.1 QUIET CONFIG)
  if(TARGET TBB::tbb)
    get_property(found DIRECTORY PROPERTY IMPORTED_TARGETS)
    list(REMOVE_ITEM found ${before})
    set_property(TARGET ${found} PROPERTY IMPORTED_GLOBAL TRUE)
    return()
  endif()
  tenon_fetch(tbb https://github.com/uxlfoundation/oneTBB.git 0c0ff192a2304e114bc9e6557582dfba101360ff source)     # 2022.0
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)                      # oneTBB's options are read from these variables
  set(TBB_TEST OFF)
  set(TBB_EXAMPLES OFF)
  set(TBB_STRICT OFF)
  set(TBB_INSTALL OFF)
  set(TBBMALLOC_BUILD OFF)
  set(TBB_DISABLE_HWLOC_AUTOMATIC_SEARCH ON)
  add_subdirectory("${source}" "${CMAKE_BINARY_DIR}/_deps/tbb-build" EXCLUDE_FROM_ALL)
endfunction()

# LAPACK, for TENON_WITH_LAPACK: the target LAPACK::LAPACK, which a parent that links tenon::tenon has to see too. BLA_VENDOR chooses
# among several (FindLAPACK's own variable). Nothing is fetched.
function(tenon_find_lapack)
  if(NOT TARGET LAPACK::LAPACK)
    enable_language(C)                                       # FindLAPACK links a program to see what it has found
    find_package(LAPACK REQUIRED)
    foreach(name LAPACK::LAPACK BLAS::BLAS)
      if(TARGET ${name})
        set_property(TARGET ${name} PROPERTY IMPORTED_GLOBAL TRUE)
      endif()
    endforeach()
  endif()
endfunction()

# Catch2 2.13 or 3, as Catch2::Catch2. TENON_FETCH_CATCH2 takes a pinned 3 even where another is installed.
function(tenon_find_catch2)
  option(TENON_FETCH_CATCH2 "Test with a downloaded Catch2 3, not with the installed one" OFF)
  if(NOT TARGET Catch2::Catch2 AND NOT TENON_FETCH_CATCH2)
    find_package(Catch2 2.13 QUIET)
    if(NOT Catch2_FOUND)
      find_package(Catch2 3 QUIET)
    endif()
  endif()
  if(NOT TARGET Catch2::Catch2)
    tenon_fetch(Catch2 https://github.com/catchorg/Catch2.git fa43b77429ba76c462b1898d6cd2f2d7a9416b14 source)      # 3.7.1
    set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)
    set(CATCH_INSTALL_DOCS OFF)
    add_subdirectory("${source}" "${CMAKE_BINARY_DIR}/_deps/catch2-build" EXCLUDE_FROM_ALL)
  endif()
endfunction()

# Eigen 3.4: the oracle of the linear algebra tests, a rival in the benchmarks, the other side of io/eigen.hpp.
function(tenon_find_eigen)
  if(NOT TARGET Eigen3::Eigen)
    find_package(Eigen3 3.4 QUIET CONFIG)
  endif()
  if(NOT TARGET Eigen3::Eigen)
    tenon_fetch(Eigen3 https://gitlab.com/libeigen/eigen.git 3147391d946bb4b6c68edd901f2add6ac1f31f8c source)       # 3.4.0
    add_library(tenon_eigen INTERFACE)
    add_library(Eigen3::Eigen ALIAS tenon_eigen)
    target_include_directories(tenon_eigen SYSTEM INTERFACE "${source}")
  endif()
endfunction()
