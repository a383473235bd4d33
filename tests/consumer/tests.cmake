# Each way of using Tenon as a CTest test, label consumer. They need the whole library.
if(EXISTS "${PROJECT_SOURCE_DIR}/include/tenon/tenon.hpp")
  foreach(how IN ITEMS include subdirectory fetch package)
    tenon_register_test(NAME consumer/${how}
      COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/check.sh" ${how} "${PROJECT_SOURCE_DIR}"
        "${PROJECT_BINARY_DIR}" "${CMAKE_CURRENT_BINARY_DIR}/consumer/${how}" "${CMAKE_CXX_COMPILER}")
  endforeach()
endif()
